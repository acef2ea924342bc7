"""Likely copies in a class: pairs whose answers share what hardly anybody else wrote.

Each part is compared by itself. What was released, what the reference solution says and what many share
carries no weight. How alike two answers are is then taken as a rank among all pairs of the class: `e` is the
negative logarithm of the share of pairs that are at least so alike in this part. Ranks of several parts
add up, and their sum is compared with what it would be if the parts knew nothing of each other. So the
class itself says what is usual in it, and one part alone, however alike, never makes a pair.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array
from scipy.stats import rankdata
from traitlets.config import PyFileConfigLoader

from dlcourse.grading import intake, passages, similarity_page
from dlcourse.grading.grade import CONFIG, find_folders
from dlcourse.grading.passages import Answer
from dlcourse.grading.recording import open_api
from dlcourse.grading.repair import Unreadable, repair
from dlcourse.grading.syntax import TooLarge
from dlcourse.homework import sheet

CHANCE = 0.2  # a pair is likely if so few, or fewer, are expected by chance in the whole class
COMMON, FEW = 0.1, 4  # what this share of the class, and at least so many, have has no weight
WORTH_SHOWING = 0.1  # of the lighter answer's weight
USUAL = 2.0  # of `e`: what one pair of seven reaches in a part says nothing
STEP = 0.05  # in which sums of `e` are counted


@dataclass
class Part:
    """All answers to one part."""

    name: str
    code: bool  # else prose
    answers: dict[str, Answer] = field(default_factory=dict)  # by student
    known: set[int] = field(default_factory=set)  # features of the stub and of the reference
    weights: dict[int, float] = field(default_factory=dict)  # of features that few have
    e: np.ndarray | None = None  # (pairs,) how unusual it is to be so alike
    share: np.ndarray | None = None  # (students, students) of the weight of the lighter answer


@dataclass
class Class:
    """What was handed in, and what could not be compared."""

    students: list[str]
    parts: list[Part]
    notes: list[tuple[str, str]]  # student, why something was not compared as it should be


@dataclass(frozen=True)
class Pair:
    """Two students who are more alike than chance explains."""

    one: str
    other: str
    chance: float  # how many such pairs are to be expected in a class of strangers
    shares: dict[str, float]  # by part in which they are unusually alike: 0 to 1


def run(root: Path, assignment: str) -> list[str]:
    """Compare what was handed in of an assignment and write a page; return three lines about it.

    Raises ValueError in one line if there is no such assignment or nothing to compare.
    """
    root = root.resolve()
    if not (root / CONFIG).exists():
        raise ValueError(f"{root} is not a course: it has no {CONFIG}; go to the course's root")
    api = open_api(PyFileConfigLoader(CONFIG, str(root)).load_config())
    folder = Path(api.coursedir.format_path(api.coursedir.release_directory, ".", assignment))
    released = folder / f"{assignment}.ipynb"
    if not released.exists():
        raise ValueError(f"{assignment} is not released as {released}; run `make release`")
    folders = find_folders(api, assignment)
    if len(folders) < 2:
        raise ValueError(f"only {next(iter(folders))} handed in {assignment}; two can be compared")
    folder = Path(api.coursedir.format_path(api.coursedir.source_directory, ".", assignment))
    source = folder / f"{assignment}.ipynb"
    found = read_class(folders, sheet.read(released), sheet.read(source), assignment)
    if len(found.students) < 2:
        raise ValueError(
            f"fewer than two could be read: {'; '.join(map(': '.join, found.notes[:3]))}"
        )
    pairs = find_pairs(found)
    page = similarity_page.write(root, assignment, found, pairs)
    names = ", ".join(f"{pair.one} and {pair.other}" for pair in pairs[:5])
    more = f" and {len(pairs) - 5} more" if len(pairs) > 5 else ""
    return [
        f"{assignment}: {len(found.students)} students compared: "
        f"{len(pairs)} likely {'pair' if len(pairs) == 1 else 'pairs'}.",
        f"Report: {page}",
        f"To be looked at: {names}{more}. A pair is a reason to talk, never a verdict."
        if pairs
        else "Nobody is more alike than chance explains.",
    ]


def read_class(folders: dict[str, Path], released: dict, source: dict, assignment: str) -> Class:
    """Read the answers in each student's folder; what cannot be read is noted."""
    parts: dict[str, Part] = {}
    for nb in (released, source):
        for each in sheet.parts(nb, assignment):
            code = nb["cells"][each.answer]["cell_type"] == "code"
            part = parts.setdefault(each.name, Part(each.name, code))
            part.known |= _read(each.text, part.code).features
    stubs = {part.name: part.text for part in sheet.parts(released, assignment)}
    found = Class([], list(parts.values()), [])
    for student, folder in folders.items():
        try:
            nb, _ = repair(intake.find(folder, assignment, released).data, released)
        except (OSError, Unreadable) as error:
            found.notes.append((student, f"not compared: {error}"))
            continue
        found.students.append(student)
        for answer in sheet.parts(nb, assignment):
            if answer.name not in parts or answer.text.strip() == stubs[answer.name].strip():
                continue
            try:
                read = _read(answer.text, parts[answer.name].code)
            except TooLarge as error:
                found.notes.append((student, f"{answer.name} not compared: {error}"))
                continue
            parts[answer.name].answers[student] = read
            if not read.whole:
                found.notes.append((student, f"{answer.name} does not parse: by its statements"))
    return found


def _read(text: str, code: bool) -> Answer:
    return passages.read_code(text) if code else passages.read_text(text)


def weigh(part: Part, size: int) -> None:
    """Give each feature that answers share its weight: the rarer in a class of this size, the more."""
    count = Counter(f for answer in part.answers.values() for f in answer.features)
    common = max(COMMON * size, FEW)
    part.weights = {
        feature: float(np.log(common / max(number, 2)))
        for feature, number in count.items()
        if number < common and feature not in part.known
    }


def compare(part: Part, students: list[str]) -> None:
    """Fill in how alike every two students are in a part, and how unusual that is."""
    answers = [part.answers.get(student) for student in students]
    bags = [answer.features & part.weights.keys() if answer else () for answer in answers]
    column = {feature: number for number, feature in enumerate(part.weights)}
    index = [column[feature] for bag in bags for feature in bag]
    rows = np.cumsum([0, *map(len, bags)])
    weights = np.array([part.weights[feature] for feature in column])
    has = csr_array((np.ones(len(index)), index, rows), shape=(len(students), len(column)))
    shared = ((has * weights) @ has.T).toarray()
    own = shared.diagonal()
    either = own[:, None] + own - shared
    part.share = shared / np.maximum(np.minimum(own[:, None], own), 1e-9)
    # The rare material they share, times its part of all that they have.
    alike = (shared**2 / np.maximum(either, 1e-9))[np.triu_indices(len(students), 1)]
    part.e = -np.log(rankdata(-alike.round(9), method="max") / len(alike))


def find_pairs(found: Class) -> list[Pair]:
    """Return the likely pairs, the least likely to be chance first."""
    one, other = np.triu_indices(len(found.students), 1)
    # In a class of three to ten no pair could be unusual enough in any part.
    usual = min(USUAL, np.log(len(one)) / 2)
    total, null = np.zeros(len(one), int), np.ones(1)
    for part in found.parts:
        weigh(part, len(found.students))
        compare(part, found.students)
        steps = np.round(np.maximum(0, part.e - usual) / STEP).astype(int)
        total += steps
        null = np.convolve(null, np.bincount(steps) / len(steps))
    chances = len(one) * np.cumsum(null[::-1])[::-1][total]
    pairs = [
        Pair(
            found.students[one[at]],
            found.students[other[at]],
            float(chances[at]),
            {
                part.name: float(part.share[one[at], other[at]])
                for part in found.parts
                if part.e[at] > usual and part.share[one[at], other[at]] >= WORTH_SHOWING
            },
        )
        for at in np.flatnonzero(chances <= CHANCE)
    ]
    return sorted(pairs, key=lambda pair: (pair.chance, pair.one, pair.other))
