"""What a class can do and what it cannot: its parts, the hardest first, and a summary in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from dlcourse.grading import causes
from dlcourse.grading.causes import Failure, Group
from dlcourse.grading.report.rows import Row

STOPS = 3  # errors of cells that the summary names


@dataclass(frozen=True)
class Tally:
    """How many students did how well in one part, and why the others did not."""

    name: str
    full: int  # with all its points
    less: int  # answered, with fewer points or none
    empty: int  # not answered
    waiting: int  # not marked yet
    groups: list[Group]  # the most frequent first
    more: int  # students in groups beyond those
    unknown: int  # graded when causes were not kept

    @property
    def marked(self) -> int:
        """How many students have a mark."""
        return self.full + self.less + self.empty

    @property
    def share(self) -> float:
        """The share of full points among those who have a mark; 1 where nobody has one."""
        return self.full / self.marked if self.marked else 1.0


def parts(rows: Sequence[Row]) -> list[Tally]:
    """Count each part of the graded students, the hardest first; unfinished ones come last."""
    rows = [row for row in rows if row.score is not None]
    told = [(r.student, part, Failure(**f)) for r in rows for part, f in r.failures.items()]
    groups = causes.group(told)
    empty = [(part, failure.kind == causes.UNANSWERED) for _, part, failure in told]
    found = []
    for name in rows[0].parts if rows else ():
        marked = [row for row in rows if row.parts[name] is not None]
        waiting = len(rows) - len(marked)
        full = sum(name in row.full for row in rows)
        blank = empty.count((name, True))
        shown, rest = groups.get(name, [])[: causes.GROUPS], groups.get(name, [])[causes.GROUPS :]
        unknown = sum(not row.known and name not in row.full for row in marked)
        less = len(rows) - full - blank - waiting
        more = sum(len(group.students) for group in rest)
        found.append(Tally(name, full, less, blank, waiting, shown, more, unknown))
    return sorted(found, key=lambda part: (part.waiting > 0, part.share))


def words(rows: Sequence[Row], parts: Sequence[Tally]) -> list[str]:
    """Say in a few sentences what is to be seen."""
    scores = [row.score for row in rows if row.score is not None]
    if not scores:
        return ["Nobody is graded yet."]
    most, marked = rows[0].max_score, [part for part in parts if not part.waiting]
    said = []
    if len(scores) == 1:
        said.append(f"The one student who is graded has {scores[0]:g} of {most:g} points.")
    else:
        top = sum(score >= most for score in scores)
        said.append(
            f"Half of the {len(scores)} students who are graded have {median(scores):g} of "
            f"{most:g} points or more; {top or 'nobody'} {'have' if top > 1 else 'has'} all."
        )
    if marked and marked[0].share == 1:
        said.append("Every part that is marked has full points from everybody.")
    elif marked:
        hardest, easiest = marked[0], marked[-1]
        line = (
            f"Hardest was {hardest.name}: {hardest.full} of {hardest.marked} have its full points"
        )
        if easiest.share > hardest.share:
            line += f"; easiest was {easiest.name} with {easiest.full} of {easiest.marked}"
        said.append(f"{line}.")
    misread = [group for part in parts for group in part.groups if group.misconception]
    if misread:
        group = max(misread, key=lambda group: len(group.students))
        number = len(group.students)
        said.append(
            f"Most often misunderstood, by {count(number, 'student')} in {group.part}: "
            f"{group.title}."
        )
    failures = [Failure(**failure) for row in rows for failure in row.failures.values()]
    stops = Counter(causes.name_error(f) for f in failures if f.look == causes.STOPPED)
    for error, number in stops.most_common(STOPS):
        said.append(f"{count(number, 'answer')} stop{'s' * (number == 1)} with {error}.")
    waiting = sum(bool(row.unmarked) for row in rows)
    if waiting:
        said.append(
            f"Written answers of {count(waiting, 'student')} wait for your marks and count as "
            "nothing until then: formgrader lists them."
        )
    return said


def count(number: int, noun: str) -> str:
    """Say a number of things."""
    return f"{number} {noun}{'s' * (number != 1)}"
