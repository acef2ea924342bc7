"""A unit of work without walls or kernels: it runs answers and checks in the worker itself.

So an answer that ends its process ends the worker, and one that never ends keeps it. Run as a
program, it is `dlcourse grade` with this unit: fake_unit.py ROOT JOBS [again], where JOBS may be
the address of a scheduler.
"""

import copy
import json
import sys
from pathlib import Path

import nbformat
from nbformat import from_dict
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.api import Gradebook

from dlcourse.grading import grade as grading
from dlcourse.grading.unit import Bundle, Result, read_marks

RIGHT = {"double": "def double(x):\n    return x + x", "square": "def square(x):\n    return x * x"}


def compute(submission: bytes, bundle: Bundle, isolation: object) -> Result:
    """Run a submission's answers, then the bundle's checks on them."""
    try:
        given = {cell["id"]: cell["source"] for cell in json.loads(submission)["cells"]}
    except ValueError:
        return Result(None, {}, [], "not a notebook")
    nb, names = from_dict(copy.deepcopy(bundle.notebook)), {}
    for cell in nb.cells:
        if utils.is_solution(cell):
            cell.source = "".join(given.get(cell.id, ""))
        if cell.cell_type == "code" and utils.is_solution(cell):
            exec(cell.source, names)
        elif cell.cell_type == "code":
            try:
                exec(cell.source, names)
            except Exception as error:
                text = str(error) or type(error).__name__
                cell.outputs = [new_output("error", ename="CheckFailed", evalue=text, traceback=[])]
            else:
                shown = {"text/plain": str(cell.metadata.nbgrader.points)}
                cell.outputs = [new_output("execute_result", data=shown, execution_count=1)]
    return Result(nb, read_marks(nb), ["ran"])


def run(root: Path, jobs: int | None = 1, **options) -> list[str]:
    """Grade the tiny assignment of a course with this unit; return the lines about it."""
    return grading.run(root, "tiny", jobs=jobs, unsafe=True, compute=compute, **options)[0]


def hand_in(root: Path, student: str, when: str = "2026-01-01 10:00:00", **answers: str) -> None:
    """Hand in a notebook; a part that is not named is answered rightly."""
    nb = nbformat.read(root / "assignments/tiny/tiny.ipynb", 4)
    for cell in nb.cells:
        cell.source = (RIGHT | answers).get(cell.id, cell.source)
    folder = root / "grading/submitted" / student / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, folder / "tiny.ipynb")
    (folder / "timestamp.txt").write_text(when)


def read_rows(root: Path) -> dict[str, dict]:
    """Return {student: row} of the report."""
    data = json.loads((root / "grading/report/tiny.json").read_text())
    return {row["student"]: row for row in data["students"]}


def mark_by_hand(root: Path, student: str, **marks: float) -> None:
    """Do what a person does in formgrader."""
    with Gradebook(f"sqlite:///{root}/grading/gradebook.db") as gradebook:
        for name, mark in marks.items():
            grade = gradebook.find_grade(name.replace("_", "-"), "tiny", "tiny", student)
            grade.manual_score, grade.needs_manual_grade = mark, False
        gradebook.db.commit()


def read_by_hand(root: Path, student: str) -> dict[str, tuple]:
    with Gradebook(f"sqlite:///{root}/grading/gradebook.db") as gradebook:
        grades = gradebook.find_submission("tiny", student).notebooks[0].grades
        return {grade.name: (grade.manual_score, grade.needs_manual_grade) for grade in grades}


if __name__ == "__main__":
    root, where, *again = sys.argv[1:]
    options = {"jobs": int(where)} if where.isdigit() else {"jobs": None, "dask": where}
    options |= {"unsafe": True, "compute": compute, "again": bool(again)}
    try:
        lines, postponed = grading.run(Path(root), "tiny", **options)
    except (OSError, ValueError) as error:
        sys.exit(f"dlcourse: {error}")
    print("\n".join(lines))
    sys.exit(1 if postponed else 0)
