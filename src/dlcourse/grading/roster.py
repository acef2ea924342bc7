"""The roster and the deadlines, from course_roster.py into nbgrader's gradebook."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.plugins import FileNameCollectorPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict, Unicode


def to_utc(local: str, timezone: str) -> datetime:
    """Turn a wall-clock time such as '2026-10-25 23:59' into UTC, without its zone, as nbgrader stores it.

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


class Roster(NbGraderPreprocessor):
    """Bring the gradebook up to date with the roster; runs at every release and before every grading."""

    timezone = Unicode("UTC", help="zone of all deadlines, as in Europe/Vienna").tag(config=True)
    deadlines = Dict({}, help="{assignment: 'YYYY-MM-DD HH:MM' on the wall clock}").tag(config=True)
    students = Dict({}, help="{id: {first_name, last_name, email}}").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        name = resources["nbgrader"]["assignment"]
        due = self.deadlines.get(name)
        with Gradebook(resources["nbgrader"]["db_url"]) as gradebook:
            gradebook.update_or_create_assignment(name, duedate=due and to_utc(due, self.timezone))
            known = {student.id: student for student in gradebook.students}
            for student, facts in self.students.items():
                old = known.get(student)
                if old is None or any(getattr(old, key) != facts[key] for key in facts):
                    gradebook.update_or_create_student(student, **facts)
        return nb, resources


class RosterCollector(FileNameCollectorPlugin):
    """Collect only what comes from students on the roster; with an empty roster, from everybody."""

    def collect(self, submitted_file: str) -> dict | None:
        found = super().collect(submitted_file)
        students = self.config.Roster.get("students", {})
        if found and students and found["student_id"] not in students:
            name = found["student_id"]
            self.log.error("'%s' is not in course_roster.py: %s", name, submitted_file)
            return None
        return found
