"""What the checks of a homework notebook say: it is run from top to bottom, each part judged."""

import html
import shutil
import tempfile
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from dlcourse.homework import processes
from dlcourse.homework.execution import Allowance
from dlcourse.homework.mishaps import describe, explain, find_error, find_version
from dlcourse.homework.sheet import Part, arrange, assignment, check_of, facts_of, parts, read
from dlcourse.homework.whereabouts import find, tell_save

# Errors whose text says all.
OURS = ("CheckFailed", "Timeout", "CheckEnded", "KernelEnded", "OutOfTime")


@dataclass(frozen=True)
class Line:
    """What a report says of one part; `earned` is None where a person marks."""

    name: str
    verdict: str
    earned: float | None
    points: float
    message: str = ""


@dataclass(frozen=True)
class Report:
    """The visible result of a notebook; prints as text in a terminal, as a table in a notebook."""

    title: str
    lines: list[Line]
    notes: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """The visible points in one sentence."""
        marked = [line for line in self.lines if line.earned is not None]
        earned = sum(line.earned or 0 for line in marked)
        points = sum(line.points for line in marked)
        return (
            f"Visible checks: {earned:g} of {points:g} points. "
            "Grading runs further tests, so this is the most you can count on, not a promise."
        )

    def __repr__(self) -> str:
        rows = [self.title]
        for line in self.lines:
            earned = "-" if line.earned is None else f"{line.earned:g}"
            rows.append(f"  {line.verdict:<15}{earned:>2}/{line.points:<4g}{line.name}")
            for text in line.message.splitlines():
                rows += textwrap.wrap(text, 96, initial_indent=" " * 6, subsequent_indent=" " * 20)
        return "\n".join([*rows, *self.notes, self.summary])

    def _repr_html_(self) -> str:
        left = "<td style='text-align:left; white-space:pre-wrap'>"
        rows = "".join(
            f"<tr><td>{html.escape(line.name)}</td><td>{line.verdict}</td>"
            f"<td>{'-' if line.earned is None else f'{line.earned:g}'} of {line.points:g}</td>"
            f"{left}{html.escape(line.message)}</td></tr>"
            for line in self.lines
        )
        head = "<tr><th>part</th><th>result</th><th>points</th><th>what the check says</th></tr>"
        caption = f"<caption>{html.escape(self.title)}</caption>"
        table = f"<table>{caption}<thead>{head}</thead><tbody>{rows}</tbody></table>"
        return table + "".join(
            f"<p>{html.escape(text)}</p>" for text in [*self.notes, self.summary]
        )


def check(notebook: str | Path | None = None, timeout: int = 60) -> Report | None:
    """Run a saved notebook from top to bottom, as grading does, and report what its checks say.

    Without a name it is the notebook that calls, or the only homework here. It runs in a new folder
    with the assignment's own files; the notebook itself stays as it is. A cell has `timeout`
    seconds, all together have ten minutes or ten times that. In a notebook that is itself being
    checked or graded nothing is done, and None comes back. Raises CourseError for a notebook that
    cannot be checked.
    """
    if processes.is_watched():
        return None
    path = Path(notebook or find())
    nb = read(path)
    name, found = assignment(nb, path), parts(nb, path)
    ran, notes = {}, []
    if any(part.attempted and part.check is not None for part in found):
        cells = arrange(nb, found)
        notes = _run(name, cells, path, nb["metadata"].get("dlcourse_files", []), timeout)
        ran = {facts_of(cell)["grade_id"]: cell for cell in cells if facts_of(cell)}
    version = find_version(nb)
    lines = [_judge(part, ran, version) for part in found]
    return Report(f"{name}: {tell_save(path)}", lines, notes)


def _run(name: str, cells: list[dict], path: Path, files: list[str], timeout: int) -> list[str]:
    """Run cells in a new folder, filling in their errors and points; return what is to be noted."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as new:
        for file in [path.name, *files]:
            if (path.parent / file).is_file():
                (Path(new) / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path.parent / file, Path(new) / file)
        allowed = Allowance(cell_seconds=timeout, notebook_seconds=max(600, 10 * timeout))
        return processes.run(name, cells, Path(new), allowed)


def _error(cell: dict) -> str:
    """Return what the first error of a cell says; empty if there is none."""
    kind, text = find_error(cell["outputs"])
    return text if kind in OURS else describe(kind, text)


def _judge(part: Part, ran: dict[str, dict], version: str) -> Line:
    """Say what became of a part: its check decides, also where the answer's cell stopped."""

    def line(verdict: str, earned: float | None = 0.0, message: str = "") -> Line:
        return Line(part.name, verdict, earned, part.points, message)

    if not part.attempted:
        return line("not attempted", None if part.check is None else 0.0)
    if part.check is None:
        return line("a person marks", None)
    answer, check = ran[part.name], ran[check_of(part.name)]
    stopped = _error(answer)
    note = stopped and f"your cell stopped: {stopped}"
    if wrong := _error(check):
        why = stopped and explain(*find_error(answer["outputs"]), part.text, version)
        return line("fails", message="\n".join(filter(None, [note, why, wrong])))
    if not any(output["output_type"] == "execute_result" for output in check["outputs"]):
        return line("fails", message="the check gave no points: was its cell changed?")
    return line("passes", part.points, note and f"passes, but {note}")
