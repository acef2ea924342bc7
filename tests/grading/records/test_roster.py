import shutil
from datetime import datetime

import pytest
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook

from dlcourse.grading.records.roster import Roster, to_utc


@pytest.mark.parametrize(
    "local, utc",
    [
        ("2026-10-24 23:59", "2026-10-24 21:59"),  # summer time
        ("2026-10-25 23:59", "2026-10-25 22:59"),  # winter time since that morning
        ("2026-10-25 02:30", "2026-10-25 01:30"),  # comes twice: the later one
        ("2027-03-28 01:59", "2027-03-28 00:59"),
        ("2027-03-28 03:00", "2027-03-28 01:00"),
        ("2027-01-15", "2027-01-14 23:00"),
    ],
)
def test_deadlines_are_right_on_both_sides_of_a_change_of_clocks(local, utc):
    assert to_utc(local, "Europe/Vienna") == datetime.fromisoformat(utc)


@pytest.mark.parametrize(
    "local", ["2027-03-28 02:30", "tomorrow", "2026-02-30", "2026-01-01 10:00+01:00"]
)
def test_a_time_that_does_not_exist_is_refused(local):
    with pytest.raises(
        ValueError, match=r"does not exist|Invalid|out of range|leave the offset out"
    ):
        to_utc(local, "Europe/Vienna")


def test_the_gradebook_follows_the_roster(released, tmp_path):
    shutil.copy(released / "grading/gradebook.db", tmp_path)
    url = f"sqlite:///{tmp_path}/gradebook.db"
    resources = {"nbgrader": {"assignment": "tiny", "db_url": url}}
    roster = Roster(
        timezone="Europe/Vienna", deadlines={"tiny": "2026-07-01 12:00", "other": "2026-08-01"}
    )
    roster.students = {"ada": {"first_name": "Ada", "email": "a@x.org"}, "bob": {}}

    def state():
        roster.preprocess(new_notebook(), resources)
        with Gradebook(url) as gradebook:
            students = {s.id: (s.first_name, s.email) for s in gradebook.students}
            return gradebook.find_assignment("tiny").duedate, students

    assert state() == (datetime(2026, 7, 1, 10), {"ada": ("Ada", "a@x.org"), "bob": (None, None)})
    roster.deadlines = {}
    roster.students = {"ada": {"first_name": "Augusta"}, "cy": {}}
    # Whoever left the list stays in the gradebook: there may be marks.
    everyone = {"ada": ("Augusta", "a@x.org"), "bob": (None, None), "cy": (None, None)}
    assert state() == (None, everyone)
