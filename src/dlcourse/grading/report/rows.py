"""What the report says of each student."""

from dataclasses import dataclass, field

from dlcourse.grading.records.ledger import Entry
from dlcourse.grading.records.marks import Submission
from dlcourse.homework.sheet import part_of

STATUSES = ("graded", "regraded", "unchanged", "ungraded", "not graded yet")


@dataclass(frozen=True)
class Row:
    """One student; a score of None says that there is no mark, not 0."""

    student: str
    status: str
    score: float | None
    max_score: float
    parts: dict[str, float | None]  # None where nobody has given a mark
    late: float = 0.0  # seconds
    penalty: float = 0.0  # already taken from the score
    seconds: float | None = None  # that grading took
    reason: str = ""  # why a person must look
    unmarked: list[str] = field(default_factory=list)  # parts that a person still marks
    moved: list[dict] = field(default_factory=list)  # {part, old, new, why}
    log: list[str] = field(default_factory=list)
    full: list[str] = field(default_factory=list)  # parts with all their points
    failures: dict[str, dict] = field(default_factory=dict)  # {part: causes.Failure}
    known: bool = True  # else graded when causes were not kept yet

    @classmethod
    def make(
        cls,
        student: str,
        status: str,
        entry: Entry,
        held: Submission | None,
        points: dict[str, float],
    ) -> "Row":
        """Put a row together from ledger and gradebook; `points` is {grade_id: most it gives}."""
        marked = held if status in STATUSES[:3] else None
        marks = marked.marks if marked else {}
        full = [n for n, m in marks.items() if m.score is not None and m.score >= m.points]
        failures = entry.failures or {}
        return cls(
            student,
            status,
            marked.score if marked else None,
            sum(points.values()),
            {part_of(name): marks[name].score if name in marks else None for name in points},
            marked.late if marked else 0.0,
            marked.penalty if marked else 0.0,
            entry.seconds,
            entry.reason,
            [part_of(name) for name in marked.unmarked] if marked else [],
            entry.moved,
            entry.log,
            [part_of(name) for name in points if name in full],
            {part_of(n): failures[n] for n in marks if n in failures and n not in full},
            entry.failures is not None or not marked,
        )
