"""A course of one tiny assignment, and nbgrader's own commands run in it."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[2]


def grader(grade_id: str, points: float | None = None, solution: bool = False) -> dict:
    """Return the metadata of one of nbgrader's cells."""
    facts = {"grade_id": grade_id, "grade": points is not None, "solution": solution, "task": False}
    facts |= {"locked": not solution, "schema_version": 3}
    return {"nbgrader": facts | ({"points": points} if points is not None else {})}


def exercise(name: str, solution: str, checks: str, hidden: str, points: int) -> list:
    """Return the two cells of one part, in the course's format."""
    first, rest = solution.split("\n", 1)
    answer = f"# GRADED: {name}\n{first}\n    ### BEGIN SOLUTION\n{rest}\n    ### END SOLUTION"
    check = (
        f"# CHECK: {name} · {points} points\n{checks}\n"
        f"### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS\n{points}"
    )
    return [
        new_code_cell(answer, id=name, metadata=grader(name, solution=True)),
        new_code_cell(check, id=f"{name}-check", metadata=grader(f"{name}-check", points)),
    ]


def tiny() -> nbformat.NotebookNode:
    """Return the source of an assignment of two functions and one written answer, without torch."""
    solution = "### BEGIN SOLUTION\nBecause squares grow.\n### END SOLUTION"
    written = f"<!-- GRADED: why -->\n**Why?**\n\n{solution}"
    return new_notebook(
        cells=[
            new_markdown_cell("# Tiny\n<!-- ASSIGNMENT: tiny v1 -->", id="title"),
            *exercise(
                "double",
                "def double(x):\n    return x + x  # the reference",
                'assert double(2) == 4, "2 doubled is 4"',
                'assert double(-35) == -70, "negative numbers too"',
                2,
            ),
            *exercise(
                "square",
                "def square(x):\n"
                "    total = x * x  # the reference\n"
                "    return total  # and no more",
                'assert square(3) == 9, "3 squared is 9"',
                'assert square(11) == 121, "11 squared is 121"',
                3,
            ),
            new_markdown_cell(written, id="why", metadata=grader("why", 4, solution=True)),
        ],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )


WRONG = {
    "double": {
        "constant": "def double(x):\n    return 4",
        "positive": "def double(x):\n    return abs(x) + abs(x)",
    },
    "square": {
        "double": "def square(x):\n    return x + x",
        "table": "def square(x):\n"
        "    table = {3: 9, 5: 25}\n"
        "    return table[x]  # the visible ones",
    },
}


def make_course(root: Path) -> Path:
    """Lay out an instructor's tree with the tiny assignment and the real configuration."""
    for name in ("nbgrader_config.py", "course_roster.py", "pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, root)
    (root / "solutions/tiny").mkdir(parents=True)
    nbformat.write(tiny(), root / "solutions/tiny/tiny.ipynb")
    (root / "solutions/tiny/tiny.md").write_text("the source, with all its secrets\n")
    for part, answers in WRONG.items():
        folder = root / "tests/assignments/tiny" / part
        folder.mkdir(parents=True)
        for name, text in answers.items():
            (folder / f"wrong_{name}.py").write_text(f'"""Takes {part} for {name}."""\n{text}\n')
    return root


def run_nbgrader(root: Path, *arguments: str, status: int = 0) -> str:
    """Run one of nbgrader's commands in a course, which must end so; return what it wrote."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def grade(root: Path, name: str, collected: int = 0) -> str:
    """Collect, grade, return feedback and export, in nbgrader's own commands; return their log.

    `collected` is the exit status that the first of them must have.
    """
    log = run_nbgrader(root, "zip_collect", name, status=collected)
    log += run_nbgrader(root, "autograde", name)
    log += run_nbgrader(root, "generate_feedback", name)
    return log + run_nbgrader(root, "export", "--to=grading/grades.csv")


def read_marks(root: Path, name: str, url: str | None = None) -> dict[str, dict[str, float | None]]:
    """Return {student: {part: automatic mark}} from the gradebook, the course's own or another."""
    from nbgrader.api import Gradebook

    marks = {}
    with Gradebook(url or f"sqlite:///{root}/grading/gradebook.db") as gradebook:
        for submission in gradebook.assignment_submissions(name):
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            marks[submission.student.id] = {
                grade.name.removesuffix("-check"): grade.auto_score for grade in grades
            }
    return marks


def read_export(root: Path) -> dict[str, dict[str, str]]:
    """Return {student: row} of the exported marks."""
    with (root / "grading/grades.csv").open() as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="session")
def loop() -> SimpleNamespace:
    """The steps of the grading loop, for tests in this folder."""
    steps = (make_course, run_nbgrader, grade, read_marks, read_export)
    return SimpleNamespace(root=ROOT, **{step.__name__: step for step in steps})


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose tiny assignment is released; tests copy it before they change it."""
    root = make_course(tmp_path_factory.mktemp("course"))
    run_nbgrader(root, "generate_assignment", "tiny", "--force")
    return root


@pytest.fixture
def lms(released, tmp_path, monkeypatch):
    """A course whose roster is of people in Canvas and Moodle; the commands run in this process."""
    from platforms import STUDENTS, Course

    root = shutil.copytree(released, tmp_path / "course")
    with (root / "course_roster.py").open("a") as roster:
        roster.write(f"c.Roster.students = {STUDENTS!r}\nc.Roster.timezone = 'Europe/Vienna'\n")
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", os.environ["PATH"])  # nbgrader's configuration changes it
    monkeypatch.setattr(sys, "path", sys.path[:])  # and its commands this
    return Course(root)
