import json
import re
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fake_unit import hand_in, run
from nbgrader.api import Gradebook
from traitlets.config import Config

from dlcourse.grading.records import gradebook
from dlcourse.grading.records.late import LatePenalty
from dlcourse.grading.records.roster import to_utc

VIENNA = "Europe/Vienna"
# nbgrader adds a submission in a way that SQLAlchemy calls harmless.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

OURS = ("dlcourse.cli grade", "dlcourse.cli similarity")


def rate(due: str, handed_in: str, **rule: float) -> float:
    """Return the percent that a submission loses; both times on Vienna's wall clock."""
    rule = LatePenalty(**{"percent": 10, **rule})
    return rule.rate(to_utc(due, VIENNA), to_utc(handed_in, VIENNA), ZoneInfo(VIENNA))


@pytest.mark.parametrize(
    "due, handed_in, percent",
    [
        ("2026-11-02 23:59", "2026-11-02 23:59", 0),
        ("2026-11-02 23:59", "2026-11-03 00:00", 10),
        ("2026-11-02 23:59", "2026-11-03 23:59", 10),
        ("2026-11-02 23:59", "2026-11-04 00:00", 20),
        # Winter time begins on 25 October: 25 hours are one day, 26 are two.
        ("2026-10-24 23:59", "2026-10-25 23:59", 10),
        ("2026-10-24 23:59", "2026-10-26 00:00", 20),
        ("2026-10-24 23:59", "2026-10-26 23:59", 20),
        ("2026-10-24 02:30", "2026-10-25 02:30", 10),  # which comes twice
        # Summer time begins on 28 March: 23 hours are one day, 24 are two.
        ("2027-03-27 23:59", "2027-03-28 23:59", 10),
        ("2027-03-27 23:59", "2027-03-29 00:00", 20),
        ("2027-03-27 02:30", "2027-03-28 03:30", 10),  # 02:30 does not come: 24 hours
        ("2027-03-27 02:30", "2027-03-28 03:31", 20),
    ],
)
def test_a_day_late_ends_at_the_deadlines_time_on_the_wall(due, handed_in, percent):
    assert rate(due, handed_in) == percent


def test_the_hour_that_comes_twice_belongs_to_the_day_before():
    due, zone = to_utc("2026-10-24 02:30", VIENNA), ZoneInfo(VIENNA)
    second = to_utc("2026-10-25 02:30", VIENNA)
    for minutes, percent in ((-90, 10), (-45, 10), (0, 10), (1, 20)):
        handed_in = second + timedelta(minutes=minutes)
        assert LatePenalty(percent=10).rate(due, handed_in, zone) == percent


def test_free_days_and_the_most():
    days = [("2026-11-03 12:00", 1), ("2026-11-04 12:00", 2), ("2026-11-09 12:00", 7)]
    due = "2026-11-02 23:59"
    assert [rate(due, day) for day, _ in days] == [10, 20, 70]
    assert [rate(due, day, free_days=1) for day, _ in days] == [0, 10, 60]
    assert [rate(due, day, free_days=1, most=25) for day, _ in days] == [0, 10, 25]
    assert [rate(due, day, percent=0) for day, _ in days] == [0, 0, 0]
    assert rate(due, "9999-12-31 12:00", percent=30) == 100


@pytest.mark.parametrize(
    "name, value, says",
    [
        ("percent", -1, "is -1: it must be a number from 0 to 100"),
        ("percent", "ten", "is 'ten': it must be a number from 0 to 100"),
        ("percent", float("nan"), "is nan: it must be a number"),
        ("percent", True, "is True: it must be a number"),
        ("most", 101, "is 101: it must be a number from 0 to 100"),
        ("free_days", -2, "is -2: it must be a whole number from 0"),
        ("free_days", 1.5, "is 1.5: it must be a whole number from 0"),
        ("percents", 5, "is no setting; there are free_days, most, percent"),
    ],
)
def test_a_rule_that_is_none_is_named(name, value, says):
    with pytest.raises(ValueError, match=rf"^course_roster.py: c.LatePenalty.{name} {says}"):
        LatePenalty.check(Config({"LatePenalty": {name: value}}))


def test_a_rule_is_accepted_and_followed():
    config = Config({"LatePenalty": {"percent": 2.5, "free_days": 3, "most": 100}})
    LatePenalty.check(config)
    due = datetime(2026, 10, 24, 23, 59)
    assert LatePenalty(config=config).rate(due, due + timedelta(5), ZoneInfo("UTC")) == 5


RULE = """
c.Roster.deadlines = {"tiny": "2026-10-24 23:59"}
c.Roster.extensions = {"tiny": {"eve": "2026-10-27 12:00"}}
c.LatePenalty.percent = 10
"""


def change(root: Path, text: str) -> None:
    with (root / "course_roster.py").open("a") as roster:
        roster.write(text)


def read_report(root: Path) -> dict[str, tuple]:
    """Return {student: (score, penalty)} of the report."""
    rows = json.loads((root / "grading/report/tiny.json").read_text())["students"]
    return {row["student"]: (row["score"], row["penalty"]) for row in rows}


def mark_by_hand(url: str, mark: float) -> None:
    """Give cy a mark for the written answer, as a person does in formgrader."""
    with Gradebook(url) as book:
        grade = book.find_grade("why", "tiny", "tiny", "cy")
        grade.manual_score, grade.needs_manual_grade = mark, False
        book.db.commit()


@pytest.mark.timeout(600)
def test_a_penalty_is_in_report_gradebook_feedback_and_export(loop, released, tmp_path):
    root = shutil.copytree(released, tmp_path / "course")
    change(root, RULE)
    hand_in(root, "ada", "2026-10-24 21:59:00")  # on the second
    hand_in(root, "bob", "2026-10-25 22:59:00")  # a day of 25 hours
    hand_in(root, "cy", "2026-10-25 22:59:01")
    hand_in(root, "eve", "2026-10-28 11:00:01")  # two days after a deadline of her own

    run(root)

    late = {"ada": (5, 0), "bob": (4.5, 0.5), "cy": (4, 1), "eve": (4, 1)}
    assert read_report(root) == late
    url = f"sqlite:///{root}/grading/gradebook.db"
    with Gradebook(url) as book:  # what formgrader shows
        shown = {
            s.student_id: s.late_submission_penalty for s in book.assignment_submissions("tiny")
        }
        assert shown == {student: penalty for student, (_, penalty) in late.items()}

    mark_by_hand(url, 4)  # after the penalty was found
    loop.run_nbgrader(root, "export", "--to=grading/grades.csv")
    rows = loop.read_export(root)
    exported = {name: (row["late_submission_penalty"], row["score"]) for name, row in rows.items()}
    assert exported == {
        "ada": ("0.0", "5.0"),
        "bob": ("0.5", "4.5"),
        "cy": ("1.8", "7.2"),
        "eve": ("1.0", "4.0"),
    }
    mark_by_hand(url, 2)
    log = loop.run_nbgrader(root, "generate_feedback", "tiny", "--student=cy")
    assert "not recognized" not in log  # a setting that only nbconvert's pages are about
    page = (root / "grading/feedback/cy/tiny/tiny.html").read_text()
    assert "Score: 5.6 / 9.0" in page
    assert "Late submission penalty (Score: -1.4)" in page

    # The rule and the deadlines may change: nothing is graded again, and penalties follow.
    change(root, "c.Roster.extensions = {}\nc.LatePenalty.free_days = 1\nc.LatePenalty.most = 25\n")
    run(root)
    marks = {"ada": (5, 0), "bob": (5, 0), "cy": (6.3, 0.7), "eve": (3.75, 1.25)}
    assert read_report(root) == marks
    change(root, "c.Roster.deadlines = {}\n")
    assert "4 unchanged" in run(root)[0]
    assert read_report(root) == {"ada": (5, 0), "bob": (5, 0), "cy": (7, 0), "eve": (5, 0)}


@pytest.mark.parametrize(
    "setting, says",
    [
        ({"timezone": "Vienna"}, "c.Roster.timezone: 'No time zone found with key Vienna'"),
        ({"deadlines": {"a": "soon"}}, "c.Roster.deadlines: a: Invalid isoformat string: 'soon'"),
        ({"deadlines": {"a": 5}}, "c.Roster.deadlines: a: fromisoformat: argument must be str"),
        ({"deadlines": 5}, "The 'deadlines' trait of a Roster instance expected a dict"),
        ({"extensions": {"a": {"b": "2026-01-01"}}}, "extensions: a: b: the assignment has no"),
        (
            {"deadlines": {"a": "2026-01-02"}, "extensions": {"a": {"b": "2026-01-01"}}},
            "extensions: a: b: is before the deadline",
        ),
    ],
)
def test_a_deadline_that_is_none_is_named(tmp_path, setting, says):
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        gradebook.settle(Config({"Roster": setting}), tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("step", ["nbgrader zip_collect", "nbgrader generate_assignment", *OURS])
def test_a_course_that_nbgrader_cannot_search_is_refused_before_anything_is_written(
    released, tmp_path, step
):
    root = shutil.copytree(released, tmp_path / "[2026] course")
    shutil.rmtree(root / "grading")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    command = [sys.executable, "-m", *step.split(), "tiny"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    says = f"dlcourse: {root}: nbgrader finds nothing below a name with [, * or ?; rename it\n"
    assert (done.returncode, done.stderr) == (2, says)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("command", [("nbgrader", "export"), ("dlcourse.cli", "grade", "tiny")])
def test_a_mistake_in_the_course_file_ends_a_command_in_one_line(released, tmp_path, command):
    root = shutil.copytree(released, tmp_path / "course")
    change(root, "c.LatePenalty.most = 120\n")
    command = [sys.executable, "-m", *command]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 2
    says = "course_roster.py: c.LatePenalty.most is 120: it must be a number from 0 to 100"
    assert done.stderr == f"dlcourse: {says}\n"
    assert not (root / "gradebook.db").exists()  # where nbgrader without a configuration keeps it
