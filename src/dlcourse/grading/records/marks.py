"""The marks that nbgrader's gradebook holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbgrader.api import (
    Assignment,
    Grade,
    Notebook,
    SolutionCell,
    SubmittedAssignment,
    SubmittedNotebook,
)


@dataclass
class Mark:
    """One part's mark in the gradebook; None where nobody has given it yet."""

    auto: float | None
    manual: float | None
    points: float  # the most that the part gives
    waiting: bool  # nbgrader asks for a person
    written: bool  # a person marks it, so no automatic mark is expected
    extra: float = 0.0

    @property
    def score(self) -> float | None:
        """What counts: the manual mark before the automatic one."""
        given = self.auto if self.manual is None else self.manual
        return given if given is None else given + self.extra


@dataclass
class Submission:
    """What the gradebook holds of one student's submission."""

    marks: dict[str, Mark]  # by grade_id
    timestamp: datetime | None = None  # UTC
    late: float = 0.0  # seconds
    penalty: float = 0.0

    @property
    def finished(self) -> bool:
        """Whether every part that a machine marks has a mark: nbgrader adds up the others as 0."""
        return all(mark.written or mark.score is not None for mark in self.marks.values())

    @property
    def raw_score(self) -> float:
        """The sum of all marks given."""
        return float(sum(mark.score or 0 for mark in self.marks.values()))

    @property
    def score(self) -> float:
        """The sum of all marks given, less the penalty, as nbgrader exports it."""
        return max(0.0, self.raw_score - self.penalty)

    @property
    def unmarked(self) -> list[str]:
        """The parts that still wait for a person's mark."""
        return [name for name, mark in self.marks.items() if mark.score is None]

    @property
    def autos(self) -> dict[str, float | None]:
        """The automatic marks."""
        return {name: mark.auto for name, mark in self.marks.items()}


def read_gradebook(
    gradebook: Any, assignment: str, student: str | None = None
) -> dict[str, Submission]:
    """Return {student: submission} of an assignment, or of one student in it, in one query."""
    written = {
        cell.name
        for cell in gradebook.db.query(SolutionCell)
        .join(Notebook, Notebook.id == SolutionCell.notebook_id)
        .join(Assignment, Assignment.id == Notebook.assignment_id)
        .filter(Assignment.name == assignment)  # pyright: ignore[reportGeneralTypeIssues]
    }
    query = (
        gradebook.db.query(SubmittedAssignment, SubmittedNotebook, Grade)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .filter(Assignment.name == assignment)  # pyright: ignore[reportGeneralTypeIssues]
    )
    if student is not None:
        query = query.filter(SubmittedAssignment.student_id == student)
    found: dict[str, Submission] = {}
    for submitted, notebook, grade in query:
        late, penalty = submitted.total_seconds_late, notebook.late_submission_penalty or 0.0
        new = Submission({}, submitted.timestamp, float(late), penalty)
        submission = found.setdefault(submitted.student_id, new)
        submission.marks[grade.name] = Mark(
            grade.auto_score,
            grade.manual_score,
            grade.cell.max_score,
            grade.needs_manual_grade,
            grade.name in written,
            grade.extra_credit or 0.0,
        )
    return found


def restore(gradebook: Any, assignment: str, student: str, held: Submission) -> None:
    """Give a submission in the gradebook the time and the automatic marks that it had."""
    gradebook.find_submission(assignment, student).timestamp = held.timestamp
    for name, mark in held.marks.items():
        grade = gradebook.find_grade(name, assignment, assignment, student)
        grade.auto_score, grade.needs_manual_grade = mark.auto, mark.waiting
    gradebook.db.commit()
