"""Make a simulated class: ten zips for `nbgrader zip_collect`, and the marks they must get."""

import argparse
import ast
import copy
import json
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from dlcourse import homework
from dlcourse.homework import sheet

ANSWER = "I say it in my own words."


class Assignment:
    """An assignment's released notebook, its right answers and its misconceptions."""

    def __init__(self, root: Path, name: str):
        source = root / "solutions" / name / f"{name}.ipynb"
        released = root / "assignments" / name / f"{name}.ipynb"
        for path in (source, released):
            if not path.exists():
                known = ", ".join(
                    sorted(p.name for p in (root / "solutions").iterdir() if p.is_dir())
                )
                raise ValueError(
                    f"{path} does not exist; make it with `make release` (known: {known})"
                )
        self.name, self.released = name, nbformat.read(released, as_version=4)
        self.points, self.right, self.wrong = {}, {}, {}
        for part in sheet.parts(sheet.read(source), source):
            self.right[part.name] = ANSWER if part.check is None else _solution(part.text)
            answers = sorted((root / "tests/assignments" / name / part.name).glob("wrong_*.py"))
            self.wrong[part.name] = [path.read_text("utf-8") for path in answers]
        self.places = {}
        for part in sheet.parts(self.released, released):
            self.points[part.name] = None if part.check is None else part.points
            self.places[part.name] = part.answer
        self.parts = [part for part, points in self.points.items() if points is not None]

    def submission(self, answers: dict[str, str]) -> NotebookNode:
        """Return the released notebook with some answers filled in; {part: text of the cell}."""
        nb = copy.deepcopy(self.released)
        for part, place in self.places.items():
            if text := answers.get(part):
                cell = nb.cells[place]
                marker = cell.source.splitlines()[0]
                cell.source = text if text.startswith(marker) else f"{marker}\n{text}"
        return nb


def _solution(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if " SOLUTION" not in line)


def _endless(source: str) -> str:
    """Return an answer with the function's name that never comes back."""
    name = next(n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef))
    return f"def {name}(*args, **kwargs):\n    while True:\n        pass"


def make_class(assignment: Assignment) -> dict[str, tuple[dict[str, str], set[str]]]:
    """Return {student: (answers, parts that must earn their points)} for ten students."""
    right, parts = assignment.right, assignment.parts
    half, last = set(parts[: len(parts) // 2]), parts[-1]
    rest = set(parts) - {parts[0]}
    students = {
        "all_right": (right, set(parts)),
        "half_right": ({part: right[part] for part in half}, half),
        "untouched": ({}, set()),
        "syntax_error": ({**right, parts[0]: right[parts[0]] + "\n    return (("}, rest),
        "endless_loop": ({**right, parts[0]: _endless(right[parts[0]])}, rest),
        "last_part_only": ({last: right[last]}, {last}),
    }
    # Four more, each with another misconception in every part.
    for number in range(4):
        answers = {
            part: assignment.wrong[part][number % len(assignment.wrong[part])] for part in parts
        }
        students[f"misconception_{number + 1}"] = ({**right, **answers}, set())
    return students


def simulate(root: Path, name: str, folder: Path) -> dict[str, dict[str, float | None]]:
    """Write `archive/*.zip` and `expected.json` into a folder; return {student: {part: mark}}.

    A mark of None means that a person gives it. Raises ValueError for an unknown assignment.
    """
    assignment = Assignment(root, name)
    expected = {}
    for student, (answers, earning) in make_class(assignment).items():
        marks = {
            part: assignment.points[part] if part in earning else 0 for part in assignment.parts
        }
        written = [part for part, points in assignment.points.items() if points is None]
        # nbgrader gives 0 by itself where a written answer was not touched.
        expected[student] = marks | {part: None if part in answers else 0 for part in written}
        with tempfile.TemporaryDirectory() as scratch:
            notebook = Path(scratch) / f"{name}.ipynb"
            nbformat.write(assignment.submission(answers), notebook)
            homework.submit(student, notebook, folder / "archive", check=False)
    text = json.dumps(expected, indent=1) + "\n"
    (folder / "expected.json").write_text(text, encoding="utf-8")
    return expected


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "assignment", metavar="ASSIGNMENT", help="as in solutions/, for instance 03_cnn"
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="as in grading/downloaded/03_cnn")
    arguments = parser.parse_args()
    try:
        expected = simulate(Path(), arguments.assignment, arguments.folder)
    except (ValueError, OSError) as error:
        print(f"simulate_class: {error}", file=sys.stderr)
        return 2
    print(f"{len(expected)} submissions in {arguments.folder}/archive, marks in expected.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
