import csv
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from traitlets import Any
from traitlets.config import Configurable

from dlcourse.grading.records import late
from dlcourse.grading.records.export import Export
from dlcourse.grading.records.ledger import Entry, open_ledger

# nbgrader adds a submission in a way that SQLAlchemy calls harmless.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

MARKS = {"double-check": 2.0, "square-check": 3.0}


@pytest.fixture
def course(released, tmp_path):
    root = tmp_path / "course"
    (root / "grading").mkdir(parents=True)
    shutil.copy(released / "grading/gradebook.db", root / "grading")
    with Gradebook(f"sqlite:///{root}/grading/gradebook.db") as gradebook:
        for student in ("ada", "broken", "cut", "half", "none", "zero"):
            gradebook.add_student(student, first_name=f"={student}")
        for student, marks in {
            "ada": MARKS,
            "cut": MARKS,
            "half": {"double-check": 2.0},
            "zero": dict.fromkeys(MARKS, 0.0) | {"why": 0.0},
        }.items():
            gradebook.add_submission("tiny", student)
            for name, mark in marks.items():
                gradebook.find_grade(name, "tiny", "tiny", student).auto_score = mark
        gradebook.db.commit()
        ledger = open_ledger(root, "tiny")
        ledger.write("broken", Entry(status="ungraded", reason="=no notebook"))
        ledger.write("cut", Entry(status="graded", before={}))
        yield SimpleNamespace(root=root, gradebook=gradebook)


class App(Configurable):
    """What a plug-in sees of `nbgrader export`."""

    coursedir = Any()


def export(course: SimpleNamespace, kind: type, **options: list) -> list[dict]:
    app = App(coursedir=SimpleNamespace(root=str(course.root)))
    plugin = kind(parent=app, to=str(course.root / "grades.csv"), **options)
    plugin.export(course.gradebook)
    with Path(plugin.to).open(newline="") as file:
        return list(csv.DictReader(file))


def test_who_has_no_graded_submission_has_no_score(course):
    rows = {row["student_id"]: row for row in export(course, Export)}
    assert {name: (row["score"], row["status"]) for name, row in rows.items()} == {
        "ada": ("5.0", "graded, 1 to be marked by a person"),
        "zero": ("0.0", "graded"),
        "none": ("", "not submitted"),
        "broken": ("", "ungraded: =no notebook"),
        "half": ("", "ungraded: grading it was interrupted"),
        "cut": ("", "ungraded: grading it was interrupted"),
    }
    assert {row["max_score"] for row in rows.values()} == {"9.0"}
    assert rows["ada"]["first_name"] == "'=ada"


def test_what_is_graded_is_as_nbgrader_exports_it(course):
    theirs = {row["student_id"]: row for row in export(course, CsvExportPlugin)}
    ours = {row["student_id"]: row for row in export(course, Export)}
    assert list(ours["ada"]) == [*theirs["ada"], "status"]
    for name in ("ada", "zero"):
        same = {column: ours[name][column] for column in theirs[name]}
        assert same | {"first_name": f"={name}"} == theirs[name]


def test_the_choice_of_students_and_assignments_holds(course):
    assert [row["student_id"] for row in export(course, Export, student=["ada"])] == ["ada"]
    assert export(course, Export, assignment=["other"]) == []


def test_a_file_that_cannot_be_written_is_one_line(course, caplog):
    (course.root / "grades.csv").mkdir()
    with caplog.at_level("ERROR"), pytest.raises(SystemExit, match="2"):
        export(course, Export)
    assert [message.count("\n") for message in caplog.messages] == [0]


def test_only_what_is_asked_for_is_brought_up_to_date(course, monkeypatch):
    asked = []
    monkeypatch.setattr(late, "assess", lambda gradebook, name, config: asked.append(name))
    export(course, Export, assignment=["other"])
    assert asked == []
    export(course, Export)
    assert asked == ["tiny"]
