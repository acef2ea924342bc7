"""What late work costs, by the rule in course_roster.py."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from traitlets import Float, Int, TraitError
from traitlets.config import Config

from dlcourse.grading.preprocessors import Step
from dlcourse.grading.records.marks import read_gradebook
from dlcourse.grading.records.roster import Roster


class LatePenalty(LateSubmissionPlugin):
    """Take percents off the score earned, for each day that has begun after the deadline.

    A day ends when the clock on the wall shows the time of the deadline again, so the day on which
    summer time begins or ends has 23 or 25 hours.
    """

    percent = Float(0, help="taken off for each day, 0 to 100").tag(config=True)
    free_days = Int(0, help="days late that cost nothing").tag(config=True)
    most = Float(100, help="percent that are taken off at the most, 0 to 100").tag(config=True)

    @classmethod
    def check(cls, config: Config) -> None:
        """Raise ValueError in one line for a rule that is none."""
        for name, value in config.get(cls.__name__, {}).items():
            setting = f"course_roster.py: c.{cls.__name__}.{name}"
            if name not in cls.class_own_traits(config=True):
                known = ", ".join(cls.class_own_traits(config=True))
                raise ValueError(f"{setting} is no setting; there are {known}")
            wanted, top = "number from 0 to 100", 100.0
            if name == "free_days":
                wanted, top = "whole number from 0", math.inf
            try:
                right = value is not True and 0 <= getattr(cls(**{name: value}), name) <= top
            except TraitError:
                right = False
            if not right:
                raise ValueError(f"{setting} is {value!r}: it must be a {wanted}")

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Return the points that a late submission loses; None while the rule costs nothing."""
        step: Any = self.parent  # which has found the student, and holds the gradebook open
        submission = step.gradebook.find_submission(step.assignment_id, student_id)
        zone = ZoneInfo(Roster(config=self.config).timezone)
        taken = self.rate(submission.duedate, submission.timestamp, zone)
        return round(score * taken / 100, 2) if taken else None

    def rate(self, due: datetime, handed_in: datetime, zone: ZoneInfo) -> float:
        """Return the percent to take off; both times are UTC, without their zone."""
        taken, days = 0.0, 0
        while taken < self.most and self.percent and handed_in > _after(due, days, zone):
            days += 1
            taken = self.percent * max(0, days - self.free_days)
        return min(taken, self.most)


class Penalties(Step, AssignLatePenalties):
    """nbgrader's own step, to count late penalties before feedback."""


def _after(due: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return when the deadline's time comes again, `days` later; of two such times, the later."""
    wall = due.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) + timedelta(days)
    times = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(times).replace(tzinfo=None) if days else due


def assess(gradebook: Gradebook, assignment: str, config: Config) -> None:
    """Bring deadlines and penalties up to date with course_roster.py and marks given by hand."""
    Roster(config=config).update(gradebook, assignment)
    held = read_gradebook(gradebook, assignment)
    gradebook.db.remove()  # so that this session holds no lock while the next one writes
    url = gradebook.engine.url.render_as_string(hide_password=False)
    for student, submission in held.items():
        if submission.late or submission.penalty:
            names = {"student": student, "assignment": assignment, "notebook": assignment}
            step: Any = AssignLatePenalties(config=config)
            step.preprocess(new_notebook(), {"nbgrader": {**names, "db_url": url}})
