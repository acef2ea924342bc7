"""Repair: a submitted notebook made whole, with the release's cells and the student's answers.

What the student wrote is kept. Checks, order and metadata are never taken from the submission.
"""

import copy
import hashlib
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from dlcourse.grading.intake.beside import gather
from dlcourse.grading.intake.notebook import Cell, Unreadable, read
from dlcourse.grading.preprocessors import HIDDEN
from dlcourse.homework.sheet import ASSIGNMENT, CHECK, DEFINED, GRADED, effort, find_lines, source

FLAGS = ("grade_id", "grade", "solution", "locked", "task", "points", "schema_version")
ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
MAX_MARKS = 1000  # marker lines looked at in one cell
TELLING = 8  # characters: a shorter line says nothing about where a text comes from


@dataclass(eq=False)
class Slot:
    """A cell of the release that the result must hold: an answer, a check or locked text."""

    cell: dict
    name: str  # its grade_id
    answer: bool
    lines: list[str]  # as students got it
    functions: set[str]  # which an answer must define
    own: set[str]  # lines that stand in no other cell of the release

    def resembles(self, cell: Cell) -> bool:
        """Say whether a cell is likely to be this one, whatever it says of itself."""
        if self.functions:
            return self.functions <= cell.defined
        common = sum(line in self.lines for line in cell.lines)
        return not self.own.isdisjoint(cell.lines) and (
            self.answer or 2 * common >= len(cell.lines)
        )

    def effort(self, cell: Cell) -> int:
        """Return 0 for an answer untouched or empty, 1 if it still holds the stub, else 2."""
        return effort(cell.text, "\n".join(self.lines))

    def is_as_released(self, cell: Cell) -> bool:
        """Say whether a cell has the text that students got, or that and the hidden tests."""
        return cell.lines in (self.lines, find_lines(source(self.cell)))

    def holds(self, cell: Cell) -> bool:
        """Say whether nbgrader would take a cell for this one as it is."""
        want = self.cell["metadata"]["nbgrader"]
        same = all(cell.facts.get(flag) == want.get(flag) for flag in FLAGS)
        return same and cell.id == self.cell["id"]


class Form:
    """What the release demands of every submission."""

    def __init__(self, release: dict):
        self.release = release
        texts = [HIDDEN.sub("", source(cell)) for cell in release["cells"]]
        count = Counter(line for text in texts for line in set(find_lines(text)))
        self.slots: list[Slot] = []
        self.plain: dict[str, dict] = {}  # metadata of the other cells by id
        self.marks: dict[tuple[bool, str], Slot] = {}  # (of a check, name in the marker line)
        for cell, text in zip(release["cells"], texts):
            facts = cell["metadata"].get("nbgrader", {})
            if any(facts.get(flag) for flag in ("grade", "solution", "locked", "task")):
                answer, lines = bool(facts.get("solution")), find_lines(text)
                functions = set(DEFINED.findall(text)) if answer else set()
                own = {line for line in lines if count[line] == 1 and len(line) >= TELLING}
                slot = Slot(cell, facts["grade_id"], answer, lines, functions, own)
                self.slots.append(slot)
                if marker := (GRADED if answer else CHECK).search(text):
                    self.marks[not answer, marker[1]] = slot
            else:
                rest = {key: value for key, value in cell["metadata"].items() if key != "nbgrader"}
                self.plain[cell["id"]] = rest
        self.named = {s.cell["id"]: s for s in self.slots} | {s.name: s for s in self.slots}
        self.assignments = {m[1] for text in texts for m in ASSIGNMENT.finditer(text)}

    def find_marks(self, text: str) -> list[tuple[int, Slot]]:
        """Return where marker lines of slots stand in a text, in order."""
        some = (itertools.islice(p.finditer(text), MAX_MARKS) for p in (GRADED, CHECK))
        found = list(itertools.chain(*some))
        keys = [(m.start(), (m.re is CHECK, m[1])) for m in found]
        marks = [(at, self.marks[key]) for at, key in keys if key in self.marks]
        return sorted(marks, key=lambda mark: mark[0])


def repair(submission: bytes, release: dict) -> tuple[dict, list[str]]:
    """Return the notebook with the release's cells and the student's text, and a line on each mend.

    `release` is the released notebook, its checks with their hidden tests. A repaired notebook
    comes back as it is, without a line. Raises Unreadable where a person must look.
    """
    log: list[str] = []
    (found, kernel), form = read(submission, log), Form(release)
    cells = [part for cell in found for part in _part(cell, form, log)]
    for cell in cells:
        cell.slot = _recognise(cell, form)
    _refuse_another(cells, form)
    mends: dict[str, list[str]] = defaultdict(list)
    chosen = {slot.name: _choose(slot, cells, mends) for slot in form.slots}
    if not any(chosen.values()):
        raise Unreadable("no cell of the assignment is in this notebook")
    if beside := gather(form, cells, chosen):
        mends["untouched, but something stands beside it: a person marks it"] += beside
    _compare(form, chosen, mends)
    log += [f"{what}: {', '.join(names)}" for what, names in mends.items()]
    log += _compare_whole(kernel, cells, form, chosen)
    whole = {key: copy.deepcopy(value) for key, value in release.items() if key != "cells"}
    return {**whole, "cells": _assemble(cells, form, chosen)}, log


def _part(cell: Cell, form: Form, log: list[str]) -> Iterator[Cell]:
    """Part a cell into which others were merged, at each answer's marker line but the first."""
    marks = form.find_marks(cell.text)
    pairs = itertools.pairwise(marks)
    cuts = [at for (_, before), (at, slot) in pairs if slot is not before and slot.answer]
    if not 0 < len(cuts) < len(form.slots):
        yield cell
        return
    names = dict.fromkeys(slot.name for _, slot in marks)
    log.append(f"merged cells are parted: {', '.join(names)}")
    for start, end in zip([0, *cuts], [*cuts, None]):
        yield Cell(cell.kind, cell.text[start:end].rstrip("\n"))


def _recognise(cell: Cell, form: Form) -> Slot | None:
    """Say what a cell is by its grade_id, its id or its marker line.

    Where these differ it is what it looks like, or what its marker line says: students see that.
    """
    keys = (key for key in (cell.facts.get("grade_id"), cell.id) if isinstance(key, str))
    found = [form.named[key] for key in keys if key in form.named]
    marked = [slot for _, slot in form.find_marks(cell.text)[:1]]
    alike = [slot for slot in found + marked if slot.resembles(cell)]
    if found and not alike and not marked:  # its id may be another's
        alike = [slot for slot in form.slots if slot.resembles(cell)]
    found += marked
    best = next(iter(alike + found[::-1]), None)
    if best and not best.answer and not best.is_as_released(cell):
        answered = any(slot.functions & cell.defined for slot in form.slots)
        return None if answered else best  # an answer in the cell of a check is no check
    return best


def _refuse_another(cells: list[Cell], form: Form) -> None:
    """Raise Unreadable if it says that it is another assignment's and holds little of this one."""
    named = [m[1] for cell in cells for m in ASSIGNMENT.finditer(cell.text)]
    found = {cell.slot for cell in cells if cell.slot}
    if named and form.assignments.isdisjoint(named) and 2 * len(found) < len(form.slots):
        raise Unreadable(f"this is the notebook of another assignment, {named[0][:40]}")


def _choose(slot: Slot, cells: list[Cell], mends: dict[str, list[str]]) -> Cell | None:
    """Return the cell that counts for a slot; None if there is none."""
    order = {cell: index for index, cell in enumerate(cells)}

    def rank(cell: Cell) -> tuple[int, int]:  # the last definition wins, unless it is the stub
        return slot.effort(cell) if slot.answer else slot.holds(cell), order[cell]

    claims = [cell for cell in cells if cell.slot is slot]
    if not claims or (slot.answer and not any(map(slot.effort, claims))):
        free = [cell for cell in cells if cell.slot is None and slot.resembles(cell)]
        if free and (not claims or any(map(slot.effort, free))):
            found = max(free, key=rank)
            found.slot = slot
            claims.append(found)
            mends["found by likeness"].append(slot.name)
        elif not claims and slot.functions:  # all in one cell
            others = [cell for cell in cells if cell.slot and cell.slot.answer]
            claims = [cell for cell in others if slot.resembles(cell)][-1:]
            if claims:
                mends["found in the cell of another answer"].append(slot.name)
    if not claims:
        what = "no answer found, the stub stands" if slot.answer else "missing, put back"
        mends[what].append(slot.name)
        return None
    best = max(claims, key=rank)
    others = [cell for cell in claims if cell is not best]
    if any(not _stays(cell) for cell in others):
        mends["found more than once, untouched ones and checks left out"].append(slot.name)
    edited = [cell for cell in others if _stays(cell)]
    most = rank(best)[1]
    if any(cell.facts or cell.id == slot.cell["id"] or rank(cell)[1] > most for cell in edited):
        mends["answered more than once, the last one counts, the others stay before it"].append(
            slot.name
        )
    return best


def _stays(cell: Cell) -> bool:
    """Say whether a cell that is not chosen stays as a plain one."""
    return cell.slot is None or (cell.slot.answer and cell.slot.effort(cell) > 0)


def _compare(form: Form, chosen: dict[str, Cell | None], mends: dict[str, list[str]]) -> None:
    """Note what is restored in the cells that were found."""
    for slot in form.slots:
        if cell := chosen[slot.name]:
            if not slot.answer and not slot.is_as_released(cell):
                mends["edited, as released again"].append(slot.name)
            if cell.kind != slot.cell["cell_type"]:
                mends["of another type, turned back"].append(slot.name)
            if not slot.holds(cell):
                mends["id or nbgrader's metadata missing or changed, restored"].append(slot.name)


def _compare_whole(
    kernel: str | None, cells: list[Cell], form: Form, chosen: dict[str, Cell | None]
) -> Iterator[str]:
    """Say what is restored of the notebook as a whole."""
    order = [cells.index(cell) for cell in chosen.values() if cell]
    if order != sorted(order):
        yield "cells were moved: they stand as released again"
    if any(cell.slot is None and any(map(cell.facts.get, FLAGS)) for cell in cells):
        yield "cells that are none of the assignment's had nbgrader's metadata: made plain"
    if kernel != form.release["metadata"].get("kernelspec", {}).get("name"):
        yield "for another kernel, or for none: runs in the course's"


def _assemble(cells: list[Cell], form: Form, chosen: dict[str, Cell | None]) -> list[dict]:
    """Return the release's cells, filled in, each with the plain cells that followed it."""
    before: dict[str, list[Cell]] = defaultdict(list)
    after: dict[str, list[Cell]] = defaultdict(list)
    at = ""  # ahead of all of them
    for cell in cells:
        at = cell.slot.name if cell.slot else at
        if cell.slot is None:
            after[at].append(cell)
        elif cell is not chosen[at] and _stays(cell):
            before[at].append(cell)  # so that what counts is defined last
    used = {slot.cell["id"] for slot in form.slots}
    result = [_plain(cell, form, used) for cell in after[""]]
    for slot in form.slots:
        result += [_plain(cell, form, used) for cell in before[slot.name]]
        result.append(_fill(slot, chosen[slot.name]))
        result += [_plain(cell, form, used) for cell in after[slot.name]]
    return result


def _fill(slot: Slot, cell: Cell | None) -> dict:
    """Return a cell of the release, with the student's text if it is an answer."""
    whole = copy.deepcopy(slot.cell)
    whole["source"] = cell.text if cell and slot.answer else source(slot.cell)
    if whole["cell_type"] == "code":
        whole |= {"outputs": [], "execution_count": None}
    elif cell and slot.answer and cell.attachments:
        whole["attachments"] = cell.attachments
    return whole


def _plain(cell: Cell, form: Form, used: set[str]) -> dict:
    """Return a cell of the student's own; metadata only where the release has the same cell."""
    key = cell.id
    if not key or key in used or not ID.fullmatch(key):
        key = name = hashlib.sha256((cell.kind + cell.text).encode()).hexdigest()[:10]
        numbers = itertools.count(2)
        while key in used:
            key = f"{name}-{next(numbers)}"
    used.add(key)
    metadata = copy.deepcopy(form.plain.get(key, {}))
    whole = {"cell_type": cell.kind, "id": key, "metadata": metadata, "source": cell.text}
    if cell.kind == "code":
        whole |= {"outputs": [], "execution_count": None}
    elif cell.attachments:
        whole["attachments"] = cell.attachments
    return whole
