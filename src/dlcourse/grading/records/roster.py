"""Deadlines and students, from course_roster.py and grading/roster.csv into the gradebook."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbformat import NotebookNode
from nbgrader.api import Assignment, Gradebook, SubmittedAssignment
from sqlalchemy import or_
from traitlets import Bool, Dict, Unicode
from traitlets.config import Config

from dlcourse.grading.preprocessors import Step
from dlcourse.grading.records.class_list import FACTS, ROSTER, read_extensions, read_roster


def to_utc(local: str, timezone: str) -> datetime:
    """Turn a wall-clock time such as '2026-10-25 23:59' into UTC without zone, as nbgrader has it.

    Of an hour that comes twice, the later one counts. Raises ValueError for text that is no time
    and for an hour that the change to summer time skips.
    """
    wall = datetime.fromisoformat(local)
    if wall.tzinfo:
        raise ValueError(f"{local}: leave the offset out, Roster.timezone says it")
    utc = wall.replace(tzinfo=ZoneInfo(timezone), fold=1).astimezone(UTC)
    if utc.astimezone(ZoneInfo(timezone)).replace(tzinfo=None) != wall:
        raise ValueError(f"{local} does not exist in {timezone}: the clocks skip it")
    return utc.replace(tzinfo=None)


class Roster(Step):
    """Bring the gradebook up to date with the roster, at every release and before grading."""

    timezone = Unicode("UTC", help="zone of all deadlines, as in Europe/Vienna").tag(config=True)
    deadlines = Dict({}, help="{assignment: 'YYYY-MM-DD HH:MM' on the wall clock}").tag(config=True)
    extensions = Dict({}, help="{assignment: {student: 'YYYY-MM-DD HH:MM'}}").tag(config=True)
    releases = Dict({}, help="{assignment: 'YYYY-MM-DD HH:MM'}").tag(config=True)
    students = Dict({}, help="{id: {first_name, last_name, email}}").tag(config=True)
    listed = Bool(False, help="whether there is a grading/roster.csv").tag(config=True)

    @staticmethod
    def read_class_list(config: Config, root: Path) -> None:
        """Add the students of the class list, and their extensions, to those in a configuration."""
        config.Roster.listed = (root / ROSTER).exists()
        listed = read_roster(root / ROSTER)
        facts = {s: {f: text for f in FACTS if (text := of.get(f))} for s, of in listed.items()}
        config.Roster.students = facts | config.Roster.get("students", {})
        extensions = read_extensions(listed)
        for assignment, given in config.Roster.get("extensions", {}).items():
            extensions[assignment] = extensions.get(assignment, {}) | given
        config.Roster.extensions = extensions

    def due(self, assignment: str, student: str | None = None) -> datetime | None:
        """Return an assignment's deadline in UTC, or a student's own; None if there is none."""
        local = self.extensions.get(assignment, {}).get(student, self.deadlines.get(assignment))
        return local and to_utc(local, self.timezone)

    def released(self, assignment: str) -> datetime | None:
        """Return when an assignment was released, in UTC; None if nobody said so."""
        local = self.releases.get(assignment)
        return local and to_utc(local, self.timezone)

    def check(self) -> None:
        """Raise ValueError, in one line, for a zone or a time that cannot be."""
        where = "timezone"
        try:
            ZoneInfo(self.timezone)
            for assignment in self.deadlines:
                where = f"deadlines: {assignment}"
                self.due(assignment)
            for assignment in self.releases:
                where = f"releases: {assignment}"
                self.released(assignment)
            for assignment, students in self.extensions.items():
                for student in students:
                    where = f"extensions: {assignment}: {student}"
                    if assignment not in self.deadlines:
                        raise ValueError("the assignment has no deadline")
                    due, own = self.due(assignment), self.due(assignment, student)
                    if due and own and own < due:
                        raise ValueError("is before the deadline")
        except (AttributeError, TypeError, ValueError, ZoneInfoNotFoundError) as error:
            file = "grading/roster.csv, or course_roster.py"
            file = file if where.startswith("extensions") else "course_roster.py"
            raise ValueError(f"{file}: c.Roster.{where}: {error}") from None

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        with Gradebook(resources["nbgrader"]["db_url"]) as gradebook:
            self.update(gradebook, resources["nbgrader"]["assignment"])
        return nb, resources

    def update(self, gradebook: Any, assignment: str) -> None:
        """Bring an assignment's deadlines and all students' names into the gradebook."""
        due, extensions = self.due(assignment), self.extensions.get(assignment, {})
        gradebook.update_or_create_assignment(assignment, duedate=due)
        known = {student.id: student for student in gradebook.students}
        for student, facts in self.students.items():
            old = known.get(student)
            if old is None or any(getattr(old, key) != facts[key] for key in facts):
                gradebook.update_or_create_student(student, **facts)
        given = SubmittedAssignment.student_id.in_(extensions)
        query = (
            gradebook.db.query(SubmittedAssignment)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .filter(Assignment.name == assignment)  # pyright: ignore[reportGeneralTypeIssues]
            .filter(or_(given, SubmittedAssignment.extension.is_not(None)))
        )
        # Of a gradebook that others use, too, the list may be on their machines.
        kept = gradebook.engine.name == "postgresql" and not self.listed
        for submission in query:
            if kept and submission.student_id not in extensions:
                continue
            own = self.due(assignment, submission.student_id)
            submission.extension = own - due if own and due and own != due else None
        gradebook.db.commit()
