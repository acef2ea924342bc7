import json
import shutil
from datetime import datetime, timedelta

import pytest
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook

from dlcourse.grading.records.ledger import Entry, Ledger
from dlcourse.grading.records.marks import read_gradebook
from dlcourse.grading.records.results import Store
from dlcourse.grading.unit import Result

# nbgrader adds a submission in a way that SQLAlchemy calls harmless.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


@pytest.fixture
def gradebook(released, tmp_path):
    shutil.copy(released / "grading/gradebook.db", tmp_path)
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate=datetime(2026, 1, 1))
        for student in ("ada", "bob", "cy"):
            gradebook.add_student(student)
        yield gradebook


def mark(gradebook: Gradebook, student: str, **marks: tuple) -> None:
    """Give (auto, manual, extra) to parts of a student's submission."""
    late = datetime(2026, 1, 1) + timedelta(hours=2)
    gradebook.update_or_create_submission("tiny", student, timestamp=late)
    for part, (auto, manual, extra) in marks.items():
        name = "why" if part == "why" else f"{part}-check"
        grade = gradebook.find_grade(name, "tiny", "tiny", student)
        grade.auto_score, grade.manual_score, grade.extra_credit = auto, manual, extra
    gradebook.db.commit()


def test_sums_are_those_of_nbgrader(gradebook):
    mark(gradebook, "ada", double=(2, None, None), square=(0, 1, 0.5), why=(None, None, None))
    mark(gradebook, "bob", double=(2, None, None), square=(3, None, None), why=(None, 4, None))
    gradebook.find_submission("tiny", "bob").notebooks[0].late_submission_penalty = 1.5
    gradebook.db.commit()
    found = read_gradebook(gradebook, "tiny")
    assert set(found) == {"ada", "bob"}
    for student, submission in found.items():
        theirs = gradebook.find_submission("tiny", student)
        assert submission.raw_score == theirs.score
        assert submission.penalty == theirs.late_submission_penalty
        assert submission.late == theirs.total_seconds_late == 7200
        assert sum(m.points for m in submission.marks.values()) == theirs.max_score
    assert (found["ada"].score, found["bob"].score) == (3.5, 7.5)
    assert read_gradebook(gradebook, "tiny", "ada") == {"ada": found["ada"]}
    assert read_gradebook(gradebook, "other") == {}


def test_a_part_for_a_person_is_unmarked_and_a_part_for_a_machine_unfinished(gradebook):
    mark(gradebook, "ada", double=(2, None, None), square=(0, None, None), why=(None, None, None))
    mark(gradebook, "bob", double=(2, None, None))
    found = read_gradebook(gradebook, "tiny")
    assert found["ada"].finished
    assert found["ada"].unmarked == ["why"]
    assert found["ada"].autos == {"double-check": 2, "square-check": 0, "why": None}
    assert not found["bob"].finished


def test_a_stored_result_comes_back_and_a_damaged_one_is_absent(tmp_path):
    store, result = Store(tmp_path), Result(new_notebook(), {"a": 1.0, "b": None}, ["\ud800"])
    result.write(store.path("key"))
    assert store.find("key") == result
    assert store.find("other") is None
    whole = store.path("key").read_text()
    for text in (whole[:-20], "", "[]", "null", '{"notebook": null}', "\x00" * 99):
        store.path("key").write_text(text)
        assert store.find("key") is None


def test_a_ledger_keeps_an_entry_and_begins_anew_where_it_is_damaged(tmp_path):
    ledger = Ledger(tmp_path)
    entry = Entry(key="k", status="graded", marks={"a": None}, before={"a": [1, None, False]})
    ledger.write("ada", entry)
    assert ledger.read("ada") == entry
    assert ledger.read("bob") == Entry()
    whole = json.dumps({"key": "k"})
    (tmp_path / "old.json").write_text(whole)
    assert ledger.read("old") == Entry(key="k", failures=None)  # from before causes were kept
    for text in (whole[:-3], "[]", '{"unknown": 1}', '{"key": 3}', ""):
        (tmp_path / "ada.json").write_text(text)
        assert ledger.read("ada") == Entry()
