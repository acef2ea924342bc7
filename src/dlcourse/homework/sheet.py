"""The format of a homework sheet: how a notebook on disk is read, what it holds of each part."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from dlcourse.homework.mishaps import find_conflict
from dlcourse.runtime import CourseError

ASSIGNMENT = re.compile(r"<!-- ASSIGNMENT: ([\w-]*\w)")
STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@.-]*")  # an id, as people hand in with
GRADED = re.compile(r"^(?:#|<!--) GRADED: ([\w-]+)", re.MULTILINE)
CHECK = re.compile(r"^# CHECK: ([\w-]+) · ([\d.]+) points?", re.MULTILINE)
# The same as an instructor writes them; a LOCKED cell is given.
CODE_MARKER = re.compile(r"# (?:(GRADED|LOCKED): ([\w-]+)|(CHECK): ([\w-]+) · (\d+) points?)")
TEXT_MARKER = re.compile(r"<!-- GRADED: ([\w-]+) · (\d+) points? -->")
DEFINED = re.compile(r"^(?:async )?(?:def|class) (\w+)", re.MULTILINE)
MAX_BYTES = 20 << 20  # of a notebook without its outputs: grading reads no more
CHECK_SUFFIX = "-check"  # of the grade_id of a part's check; that of its answer is the part's name
STUB, WRITTEN_STUB = 'raise NotImplementedError("your code here")', "*Your answer here.*"


@dataclass(frozen=True)
class Part:
    """One exercise part: where its answer is, and its check if a machine marks it."""

    name: str
    answer: int  # index of the cell
    check: int | None
    points: float
    text: str  # the answer as it stands
    stub: str | None  # the answer as released, if the notebook still knows

    @property
    def attempted(self) -> bool:
        """Whether the answer differs from what was released."""
        return effort(self.text, self.stub) > (self.stub is None)


def effort(text: str, stub: str | None) -> int:
    """Return 0 for an answer that is untouched or empty, 1 if it still holds a stub, else 2."""
    lines = find_lines(text)
    if all(map(GRADED.match, lines)) or (stub is not None and lines == find_lines(stub)):
        return 0
    return 1 if STUB in text or WRITTEN_STUB in text else 2


def find_lines(text: str) -> list[str]:
    """Return the lines that hold something, without the space around them."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def read(notebook: str | Path) -> dict:
    """Read a notebook as it is on disk; raise CourseError if it is missing or none.

    Without nbformat, whose import takes longer than all the rest of a command.
    """
    path = Path(notebook)
    try:
        nb = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise CourseError(f"{path} does not exist; say where the notebook is") from None
    except (ValueError, RecursionError) as error:
        why = f"is not a notebook or was cut off ({error}); save it again, or fetch a new copy"
        conflict = find_conflict(path.read_bytes().decode("utf-8", "replace"))
        raise CourseError(f"{path}: {conflict}" if conflict else f"{path} {why}") from None
    if not isinstance(nb, dict) or nb.get("nbformat") != 4 or not isinstance(nb.get("cells"), list):
        raise CourseError(f"{path} is not a notebook of format 4; save it in JupyterLab again")
    try:
        for cell in nb["cells"]:
            _ = cell["cell_type"], facts_of(cell).get("x"), source(cell)
        nb["metadata"].get("dlcourse_stubs", {}).get("x")
    except (KeyError, TypeError, AttributeError):
        raise CourseError(f"{path} is not a whole notebook; fetch a new copy") from None
    return nb


def source(cell: dict) -> str:
    """Return the text of a cell, which on disk may be a list of lines."""
    return "".join(cell["source"])


def facts_of(cell: dict) -> dict:
    """Return what nbgrader's metadata say of a cell, {} if it has none."""
    return cell["metadata"].get("nbgrader", {})


def check_of(part: str) -> str:
    """Return the grade_id of the check of a part."""
    return part + CHECK_SUFFIX


def part_of(grade_id: str) -> str:
    """Name the part of an exercise that a cell marks."""
    return grade_id.removesuffix(CHECK_SUFFIX)


def assignment(nb: dict, path: str | Path) -> str:
    """Return the name of a notebook's assignment; raise CourseError if it is none."""
    found = next((m for cell in nb["cells"] if (m := ASSIGNMENT.search(source(cell)))), None)
    if found is None:
        raise CourseError(
            f"{path} is not an assignment: no cell has its '<!-- ASSIGNMENT: ... -->' line"
        )
    return found[1]


def parts(nb: dict, path: str | Path) -> list[Part]:
    """Return the parts in their order, found by nbgrader's metadata, else by their marker lines.

    Of the cells that claim a part the last one with the most effort is its answer; where all are
    untouched, a cell of the student's own that defines what is asked for.
    """
    cells, stubs = nb["cells"], _stubs(nb)
    claims: dict[str, list[int]] = {}
    checks: dict[str, list[tuple[int, float]]] = {}
    for index, cell in enumerate(cells):
        for name in _claimed(cell):
            claims.setdefault(name, []).append(index)
        for marker in CHECK.finditer(source(cell)):
            checks.setdefault(marker[1], []).append((index, float(marker[2])))
    if not claims:
        raise CourseError(
            f"{path} has no graded parts; is it the assignment, or one of the lessons?"
        )
    found = []
    for name, at in claims.items():
        stub = stubs.get(name)
        asked = set(DEFINED.findall(stub or ""))
        weights = [(effort(source(cells[index]), stub), index) for index in at]
        if asked and not max(weights)[0]:
            weights += [(2, i) for i, cell in enumerate(cells) if asked <= _defined_in(cell)]
        answer = max(weights)[1]
        facts = facts_of(cells[answer])
        known = checks.get(name, [(None, float(facts.get("points", 0)))])
        check, points = next((c for c in known if c[0] is not None and c[0] >= answer), known[-1])
        found.append(Part(name, answer, check, points, source(cells[answer]), stub))
    return found


def arrange(nb: dict, found: list[Part]) -> list[dict]:
    """Return the code cells as grading runs them, with the metadata of its answers and checks.

    A part that stands there twice keeps what was edited, and one check, below its answer.
    """
    cells, stubs = nb["cells"], _stubs(nb)
    marked = [part for part in found if part.check is not None]
    answers = {part.answer for part in marked}
    arranged = []
    for index, cell in enumerate(cells):
        text, claimed = source(cell), _claimed(cell)
        untouched = claimed and not any(effort(text, stubs.get(name)) for name in claimed)
        if index not in answers and cell["cell_type"] == "code" and not CHECK.search(text):
            arranged += [] if untouched else [_code(text)]
        for part in marked:
            if index == part.answer:
                answer = _piece(text, GRADED, part.name)
                arranged.append(_code(answer, grade_id=part.name, solution=True))
        for part in marked:
            if part.check is not None and index == max(part.answer, part.check):
                check = _piece(source(cells[part.check]), CHECK, part.name)
                arranged.append(_code(check, grade_id=check_of(part.name), grade=True))
    return arranged


def _piece(text: str, marker: re.Pattern, name: str) -> str:
    """Return what stands at a part's marker line in a cell, into which others may be merged."""
    marks = sorted(m.start() for pattern in (GRADED, CHECK) for m in pattern.finditer(text))
    at = next((m.start() for m in marker.finditer(text) if m[1] == name), 0)
    start = 0 if at in marks[:1] else at
    return text[start : min((mark for mark in marks if mark > at), default=None)]


def _stubs(nb: dict) -> dict[str, str]:
    return nb["metadata"].get("dlcourse_stubs", {})


def _claimed(cell: dict) -> list[str]:
    """Return the parts whose answer a cell says it is."""
    facts = facts_of(cell)
    known = [facts["grade_id"]] if facts.get("solution") and "grade_id" in facts else []
    return list(dict.fromkeys(known + GRADED.findall(source(cell))))


def _defined_in(cell: dict) -> set[str]:
    return set(DEFINED.findall(source(cell))) if cell["cell_type"] == "code" else set()


def _code(text: str, **facts: object) -> dict:
    metadata = {"nbgrader": facts} if facts else {}
    return {"cell_type": "code", "source": text, "metadata": metadata}
