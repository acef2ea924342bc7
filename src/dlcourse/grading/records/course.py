"""Open a course: nbgrader as it is configured, and what was handed in."""

from pathlib import Path
from typing import Any

from nbgrader.apps import NbGraderAPI
from traitlets.config.loader import PyFileConfigLoader

from dlcourse.grading.records.gradebook import reach

CONFIG = "nbgrader_config.py"
BUSY = 60  # seconds to wait for another process that writes into the gradebook


def open_course(root: Path) -> Any:  # an NbGraderAPI, whose traits have no types
    """Return nbgrader as it is configured in `root`, but patient with others who use the gradebook.

    Raises ValueError, in one line, if that is not a course, or if its gradebook cannot be reached.
    """
    if not (root / CONFIG).exists():
        raise ValueError(f"{root} is not a course: it has no {CONFIG}; go to the course's root")
    config = PyFileConfigLoader(CONFIG, str(root)).load_config()
    url = config.CourseDirectory.db_url
    if url.startswith("sqlite:") and "?" not in url:
        config.CourseDirectory.db_url = f"{url}?timeout={BUSY}"
    reach(url)
    return NbGraderAPI(config=config)


def find_folders(api, assignment: str) -> dict[str, Path]:
    """Return {student: folder} of what was handed in."""

    def folder(student: str) -> Path:
        course = api.coursedir
        return Path(course.format_path(course.submitted_directory, student, assignment))

    students = sorted(api.get_submitted_students(assignment))
    if not students:
        raise ValueError(f"nothing was handed in: there is no {folder('*')}; collect first")
    return {student: folder(student) for student in students}
