"""Compare what a class handed in, and write the page."""

from pathlib import Path

from dlcourse.grading.intake.notebook import Unreadable
from dlcourse.grading.intake.repair import repair
from dlcourse.grading.intake.upload import find
from dlcourse.grading.records.course import find_folders, open_course
from dlcourse.grading.similarity import page, passages
from dlcourse.grading.similarity.pairs import Class, PartAnswers, find_pairs
from dlcourse.grading.similarity.passages import Answer
from dlcourse.grading.similarity.syntax import TooLarge
from dlcourse.homework import sheet


def run(root: Path, assignment: str) -> list[str]:
    """Compare what was handed in of an assignment and write a page; return three lines about it.

    Raises ValueError in one line if there is no such assignment or nothing to compare.
    """
    root = root.resolve()
    api = open_course(root)
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
        raise ValueError(f"two could not be read: {'; '.join(map(': '.join, found.notes[:3]))}")
    pairs = find_pairs(found)
    written = page.write(root, assignment, found, pairs)
    names = ", ".join(f"{pair.one} and {pair.other}" for pair in pairs[:5])
    more = f" and {len(pairs) - 5} more" if len(pairs) > 5 else ""
    return [
        f"{assignment}: {len(found.students)} students compared: "
        f"{len(pairs)} likely {'pair' if len(pairs) == 1 else 'pairs'}.",
        f"Report: {written}",
        f"To be looked at: {names}{more}. A pair is a reason to talk, never a verdict."
        if pairs
        else "Nobody is more alike than chance explains.",
    ]


def read_class(folders: dict[str, Path], released: dict, source: dict, assignment: str) -> Class:
    """Read the answers in each student's folder; what cannot be read is noted."""
    parts: dict[str, PartAnswers] = {}
    for nb in (released, source):
        for each in sheet.parts(nb, assignment):
            code = nb["cells"][each.answer]["cell_type"] == "code"
            part = parts.setdefault(each.name, PartAnswers(each.name, code))
            part.known |= _read(each.text, part.code).features
    stubs = {part.name: part.text for part in sheet.parts(released, assignment)}
    found = Class([], list(parts.values()), [])
    for student, folder in folders.items():
        try:
            nb, _ = repair(find(folder, assignment, released).data, released)
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
