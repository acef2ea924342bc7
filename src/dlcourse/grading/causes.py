"""Why checks failed: kept for each part when a result is recorded, grouped for the report.

What a check says has four lines. `want`, `cause` and `look` are the course's own words; `got` may
quote the student, as does `cause` where the student's code raised an error, which RAISED tells. Of
any other error the text is a cause only if it stands in the check's source: it may quote what came.
Where a student's cell stopped, `blame` makes that error what was got: quoted, never believed.
"""

import builtins
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from nbformat import NotebookNode
from nbgrader import utils

from dlcourse.checks.failure import CheckFailed
from dlcourse.grading.preprocessors import is_check
from dlcourse.homework.mishaps import MODULE, describe, explain, find_error
from dlcourse.homework.sheet import part_of

LONGEST = 300  # characters kept of a line
GROUPS = 6  # causes told of one part
NAMED = 12  # students named for one cause
LABELS = {"want": "want", "got": "got", "likely cause": "cause", "look at": "look"}
# Three of `dlcourse.checks.answer`'s messages, told by what no student can change in them.
RAISED = "the shapes in the statement of the exercise"  # its `look`
MISSING = "the output of the cell with your answer"  # its `look`: nothing has the answer's name
STOPPED = "the cell that stopped: nothing below that line of it has run"  # of `blame`'s own
UNANSWERED = "no answer yet"
UNDEFINED = re.compile(r"NameError: name '(\w{1,60})' is not defined")
LINE = re.compile(r"\bline \d+")
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


def blame(notebook: NotebookNode, version: Callable[[], str] = str) -> None:
    """Where a check has no answer, since a cell of the student's stopped, let it say that error.

    `version` gives the version of Python that the submission says it was made with.
    """
    above: list[NotebookNode] = []  # cells of code that are the student's
    for cell in notebook.cells:
        if not is_check(cell):
            above += [cell] if cell.cell_type == "code" else []
        elif (failure := _read_check(cell)) and (found := _find_stopped(failure, cell, above)):
            where, stopped = found
            kind, text = find_error(stopped.outputs)
            known = version() if kind == "SyntaxError" else ""
            advice = explain(kind, text, stopped.source, known)
            cause = f"{where} stopped with this error{advice and f': {advice}'}"
            got = "".join(c if c.isprintable() else "?" for c in _bound(describe(kind, text)))
            said = str(CheckFailed(failure.want, got, cause, STOPPED))
            error = next(o for o in cell.outputs if o["output_type"] == "error")
            error |= {"evalue": said, "traceback": said.splitlines()}


def _find_stopped(
    failure: Failure, check: NotebookNode, above: list[NotebookNode]
) -> tuple[str, NotebookNode] | None:
    """Find the cell whose error left a check without an answer, and say in words which it is."""
    found, missed = None, failure.got if failure.look == RAISED else ""
    if failure.look == MISSING or failure.kind == UNANSWERED:
        names = [_name(cell) for cell in above]
        part = part_of(_name(check))
        answer, above = None, above[: names.index(part) + 1] if part in names else []
        if above:
            *above, answer = above
        kind, text = find_error(answer.outputs) if answer else ("", "")
        if answer and kind and kind != "NotImplementedError":  # else the stub itself was called
            found, missed = ("its cell", answer), f"{kind}: {text}"
    for cell in reversed(above):  # what a name misses may be that a cell further up stopped
        name, error = UNDEFINED.match(missed), "{}: {}".format(*find_error(cell.outputs))
        if name and error not in (": ", missed) and re.search(rf"\b{name[1]}\b", cell.source):
            found, missed = (f"the cell above that is to define {name[1]}", cell), error
    return found


def _name(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _read_check(cell: NotebookNode) -> Failure | None:
    errors = [o for o in cell.get("outputs", ()) if o["output_type"] == "error"]
    return _parse(errors[0]["ename"], errors[0]["evalue"], cell.source) if errors else None


def read(notebook: NotebookNode, marks: dict[str, float | None]) -> dict[str, dict[str, str]]:
    """Return {grade_id: failure} of an executed notebook's parts that `marks` gives nothing."""
    failures = {}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if marks.get(name) != 0 or not utils.is_grade(cell):
            continue
        if is_check(cell) and (failure := _read_check(cell)):
            failures[name] = asdict(failure)
        elif utils.is_solution(cell):  # nbgrader gives 0 by itself where nothing was written
            failures[name] = asdict(Failure(UNANSWERED, cause=UNANSWERED))
    return failures


def _parse(kind: str, text: str, source: str) -> Failure:
    """Take a message apart; a field begins in the first column, which nothing inside it reaches."""
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
    """Group (student, part, failure) to {part: groups}: misconceptions, then the most frequent."""
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
        groups.sort(key=lambda group: (not _is_told(group), -len(group.students)))
    return parts


def _is_told(group: Group) -> bool:
    """Say whether something is known of a group that one can teach, or mend."""
    return group.misconception or group.example.look == STOPPED


def _title(failure: Failure) -> tuple[str, bool]:
    """Name what failures have in common, in the course's words; say if it is a misconception."""
    if failure.kind == UNANSWERED:
        return "No answer yet", False
    if failure.look == RAISED:
        return f"The code raises {name_error(failure)}", False
    if failure.look == STOPPED:
        name, advice = name_error(failure), failure.cause.partition(" this error: ")[2]
        more = f": {LINE.sub('line #', advice)}" if advice and name == "SyntaxError" else ""
        return f"The cell stops with {name}{more}", False
    if failure.cause:
        return NUMBER.sub("#", failure.cause), True
    return f"The check ended without a result ({failure.kind})", False


def name_error(failure: Failure) -> str:
    """Name the error that was got: a missing module, a kind of Python's, or a student's own."""
    name, _, text = failure.got.partition(": ")
    if name == "ModuleNotFoundError" and MODULE.fullmatch(text):
        return text
    kind = getattr(builtins, name, None)
    known = isinstance(kind, type) and issubclass(kind, BaseException)
    return name if known else "an error of its own"


def _bound(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
