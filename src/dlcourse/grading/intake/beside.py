"""Written answers that stand beside their cell: students add one, and leave the stub as it is."""

from itertools import takewhile

from dlcourse.grading.intake.notebook import Cell
from dlcourse.homework.sheet import find_lines, source


def gather(form, cells: list[Cell], chosen: dict[str, Cell | None]) -> list[str]:
    """Move what is written around an untouched answer into it; return the names of those answers.

    So a person marks it: nbgrader by itself gives 0 where a written answer is as it was released.
    Code is copied, for it may be needed where it is.
    """
    released = [find_lines(source(cell)) for cell in form.release["cells"]]
    names = []

    def own(cell: Cell) -> bool:
        return cell.slot is None and cell.lines not in released

    for number, slot in enumerate(form.slots):
        cell = chosen[slot.name]
        if not slot.answer or slot.cell["cell_type"] == "code" or (cell and slot.effort(cell)):
            continue
        if cell:
            at = cells.index(cell)
            above = [*takewhile(own, reversed(cells[:at]))]
            near = [*reversed(above), *takewhile(own, cells[at + 1 :])]
        else:  # its cell is gone: look from the last cell before it to the next one that is known
            before = [i for i, other in enumerate(cells) if other.slot in form.slots[:number]]
            at = before[-1] + 1 if before else 0
            space = takewhile(lambda other: other.slot is None, cells[at:])
            near = [other for other in space if own(other) and other.kind != "code"]
        near = [other for other in near if other.lines]
        if not near:
            continue
        names.append(slot.name)
        if not cell:
            chosen[slot.name] = cell = Cell("markdown", source(slot.cell), slot=slot)
            cells.insert(at, cell)
        for other in near:
            cell.attachments |= other.attachments
        cells[:] = [other for other in cells if other not in near or other.kind == "code"]
        cell.text = "\n\n".join([cell.text, *(other.text for other in near)])
        vars(cell).pop("lines", None)  # they are another text's
    return names
