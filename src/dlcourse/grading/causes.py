"""Why checks failed: kept for each part when a result is recorded, grouped for the report.

What a check says has four lines. `want`, `cause` and `look` are the course's own words; `got` may quote
the student, and so does `cause` where the student's code raised an error, which RAISED tells. Of any
other error the text is a cause only if it stands in the check's source, for it may quote what came.
"""

import builtins
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from nbformat import NotebookNode
from nbgrader import utils

from dlcourse.grading.preprocessors import is_check

LONGEST = 300  # characters kept of a line
GROUPS = 6  # causes told of one part
NAMED = 12  # students named for one cause
LABELS = {"want": "want", "got": "got", "likely cause": "cause", "look at": "look"}
# Two of `dlcourse.checks.answer`'s messages, told by what no student can change in them.
RAISED = "the shapes in the statement of the exercise"  # its `look`
UNANSWERED = "no answer yet"
NUMBER = re.compile(r"(?<![\w.])-?\d[\d_]*(\.\d+)?(e[+-]?\d+)?")


@dataclass(frozen=True)
class Failure:
    """What a check said of one part: its kind (of error, or UNANSWERED) and up to four lines."""

    kind: str
    want: str = ""
    got: str = ""
    cause: str = ""
    look: str = ""


@dataclass(frozen=True)
class Group:
    """Students whose answer to a part failed alike; only `example` may quote one of them."""

    part: str
    title: str
    misconception: bool  # a check saw a wrong result and named a cause
    look: str
    example: Failure
    students: list[str]


def read(notebook: NotebookNode, marks: dict[str, float | None]) -> dict[str, dict[str, str]]:
    """Return {grade_id: failure} of an executed notebook's parts that `marks` gives nothing."""
    failures = {}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if marks.get(name) != 0 or not utils.is_grade(cell):
            continue
        errors = [o for o in cell.get("outputs", ()) if o["output_type"] == "error"]
        if is_check(cell) and errors:
            error = errors[0]
            failures[name] = asdict(_parse(error["ename"], error["evalue"], cell.source))
        elif utils.is_solution(cell):  # nbgrader gives 0 by itself where nothing was written
            failures[name] = asdict(Failure(UNANSWERED, cause=UNANSWERED))
    return failures


def _parse(kind: str, text: str, source: str) -> Failure:
    """Take a message apart; a field begins in the first column, which nothing inside one can reach."""
    fields: dict[str, str] = defaultdict(str)
    label = ""
    for line in text.split("\n") if kind == "CheckFailed" else ():
        label = line[:14].strip() or label
        fields[label] += f" {line[14:]}"
    if fields.keys() != LABELS.keys():
        return Failure(kind, **{"cause" if text and text in source else "got": _bound(text)})
    failure = Failure(kind, **{LABELS[name]: _bound(text) for name, text in fields.items()})
    if failure.got == UNANSWERED and "NotImplementedError" in failure.want:
        return Failure(UNANSWERED, failure.want, failure.got, failure.cause, failure.look)
    return failure


def group(failures: Iterable[tuple[str, str, Failure]]) -> dict[str, list[Group]]:
    """Group (student, part, failure) to {part: groups}: misconceptions first, by how many have them."""
    alike: dict[tuple, list[tuple[str, Failure]]] = defaultdict(list)
    for student, part, failure in failures:
        alike[part, *_title(failure)].append((student, failure))
    parts: dict[str, list[Group]] = defaultdict(list)
    for (part, title, misconception), told in alike.items():
        causes = Counter(failure.cause for _, failure in told)
        if misconception and len(causes) == 1:  # nothing varies: the numbers may be shown
            title = next(iter(causes))
        looks = Counter(failure.look for _, failure in told)
        look = looks.most_common(1)[0][0] if misconception else ""
        students = [student for student, _ in told]
        parts[part].append(Group(part, title, misconception, look, told[0][1], students))
    for groups in parts.values():
        groups.sort(key=lambda group: (not group.misconception, -len(group.students)))
    return parts


def _title(failure: Failure) -> tuple[str, bool]:
    """Name what failures have in common, in the course's words, and say whether it is a misconception."""
    if failure.kind == UNANSWERED:
        return "No answer yet", False
    if failure.look == RAISED:
        name = failure.got.partition(":")[0]
        kind = getattr(builtins, name, None)
        known = isinstance(kind, type) and issubclass(kind, BaseException)
        return f"The code raises {name if known else 'an error of its own'}", False
    if failure.cause:
        return NUMBER.sub("#", failure.cause), True
    return f"The check ended without a result ({failure.kind})", False


def _bound(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
