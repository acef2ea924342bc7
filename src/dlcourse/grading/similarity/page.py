"""The page on likely copies: who, how likely by chance, and both answers side by side."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from dlcourse.files import write_file
from dlcourse.grading.pages.template import open_template
from dlcourse.grading.similarity.pairs import Class, Pair, PartAnswers
from dlcourse.grading.similarity.passages import Answer, Passage

SHOWN = 60  # pairs with their answers; the list names all
MAX_UNITS = 300  # lines of an answer
MAX_WIDTH = 400  # characters of a line
MAX_REPEATS = 20  # of a feature in an answer; where it stands more often, nothing is joined by it
NOTICED = 0.5  # weight of what two passages share, from which they are marked


@dataclass(frozen=True)
class Unit:
    """A line or sentence, and the number of the shared passage that it belongs to, if any."""

    text: str
    mark: int | None
    first: bool  # of its passage


@dataclass(frozen=True)
class Sides:
    """Two answers to one part."""

    part: str
    share: float
    code: bool
    left: list[Unit]
    right: list[Unit]
    marks: int


def write(root: Path, assignment: str, found: Class, pairs: list[Pair]) -> Path:
    """Write grading/report/<assignment>.similarity.html and return its path."""
    path = root / "grading/report" / f"{assignment}.similarity.html"
    page = open_template("similarity/similarity.html.j2", chance=_say_chance).render(
        assignment=assignment,
        found=found,
        pairs=pairs,
        groups=_find_groups(pairs),
        shown=[(pair, [_face(part, pair) for part in found.parts if part.name in pair.shares])
               for pair in pairs[:SHOWN]],
    )  # fmt: skip
    write_file(path, page.encode("utf-8", "replace"))
    return path


def _say_chance(chance: float) -> str:
    if chance >= 0.1:
        return f"{chance:.1f}"
    power = next((n for n in (2, 3, 4, 5, 6) if chance >= 10**-n), 6)
    return f"1 in {round(1 / chance, 1 - power):,.0f}" if chance >= 1e-6 else "under 1 in 1,000,000"


def _find_groups(pairs: list[Pair]) -> list[list[str]]:
    """Return who is joined by pairs, in groups of three and more."""
    groups: list[set[str]] = []
    for pair in pairs:
        joined = [group for group in groups if group & {pair.one, pair.other}]
        groups = [group for group in groups if group not in joined]
        groups.append({pair.one, pair.other}.union(*joined))
    return [sorted(group) for group in groups if len(group) > 2]


def _face(part: PartAnswers, pair: Pair) -> Sides:
    """Lay two answers side by side and mark what they share."""
    left, right = part.answers[pair.one], part.answers[pair.other]
    marks = match(left, right, part.weights)
    one, other = _mark(left, marks[0]), _mark(right, marks[1])
    number = max(marks[0].values(), default=0)
    return Sides(part.name, pair.shares[part.name], part.code, one, other, number)


def match(left: Answer, right: Answer, weights: dict[int, float]) -> list[dict[int, int]]:
    """Return for each of two answers {unit: number of the passage}; equal numbers belong together.

    The passages that share most are joined first; a unit belongs to one passage.
    """
    where = defaultdict(list)
    for passage in right.passages:
        for feature in passage.features & weights.keys():
            if passage.first < MAX_UNITS and len(where[feature]) < MAX_REPEATS:
                where[feature].append(passage)
    joined = []
    for passage in (passage for passage in left.passages if passage.first < MAX_UNITS):
        shared: dict[Passage, float] = defaultdict(float)
        for feature in passage.features & where.keys():
            for other in where[feature]:
                shared[other] += weights[feature]
        joined += [(weight, passage, other) for other, weight in shared.items()]
    joined.sort(key=lambda each: (-each[0], each[1].first, each[2].first))
    one: dict[int, int] = {}
    two: dict[int, int] = {}
    number = 0
    for weight, passage, other in joined:
        if weight < NOTICED:
            break
        known = [side.get(p.first) for side, p in ((one, passage), (two, other))]
        if all(known):
            continue
        number += not any(known)
        mark = known[0] or known[1] or number
        for side, p in ((one, passage), (two, other)):
            for unit in range(p.first, p.last + 1):
                side.setdefault(unit, mark)
    return _renumber(one, two)


def _renumber(one: dict[int, int], two: dict[int, int]) -> list[dict[int, int]]:
    """Number passages as they come on the left."""
    order = {mark: n for n, mark in enumerate(dict.fromkeys(one[unit] for unit in sorted(one)), 1)}
    return [
        {unit: order[mark] for unit, mark in side.items() if mark in order} for side in (one, two)
    ]


def _mark(answer: Answer, marks: dict[int, int]) -> list[Unit]:
    seen, units = set(), []
    for number, text in enumerate(answer.units[:MAX_UNITS]):
        mark = marks.get(number)
        if len(text) > MAX_WIDTH:
            text = f"{text[:MAX_WIDTH]} … ({len(text):,} characters)"
        units.append(Unit(text, mark, mark is not None and mark not in seen))
        seen.add(mark)
    if len(answer.units) > MAX_UNITS:
        units.append(Unit(f"… ({len(answer.units) - MAX_UNITS:,} more)", None, False))
    return units
