"""Homework from the student's side: see what the checks say, start a part again, hand it in."""

import contextlib
import html
import io
import json
import os
import re
import textwrap
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dlcourse.mishaps import describe, explain, find_conflict, find_error, find_version
from dlcourse.publication import keep_copy, write_file
from dlcourse.runtime import CourseError

ASSIGNMENT = re.compile(r"<!-- ASSIGNMENT: ([\w-]*\w)")
GRADED = re.compile(r"^(?:#|<!--) GRADED: ([\w-]+)", re.MULTILINE)
CHECK = re.compile(r"^# CHECK: ([\w-]+) · ([\d.]+) points?", re.MULTILINE)
STUB, WRITTEN_STUB = 'raise NotImplementedError("your code here")', "*Your answer here.*"
STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@.-]*")
# Set in the kernel of a check, so that a notebook which checks itself does not do so for ever.
CHECKING = "DLCOURSE_CHECKING"


@dataclass(frozen=True)
class Part:
    """One exercise part: where its answer is, and its check if a machine marks it."""

    name: str
    answer: int  # index of the cell
    check: int | None
    points: float
    text: str  # the answer as it stands
    stub: str | None  # the answer as released, if the notebook still knows

    @property
    def attempted(self) -> bool:
        """Whether the answer differs from what was released."""
        if self.stub is None:
            return STUB not in self.text and WRITTEN_STUB not in self.text
        return self.text.split() != self.stub.split()


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

    @property
    def summary(self) -> str:
        """The visible points in one sentence."""
        marked = [line for line in self.lines if line.earned is not None]
        earned, points = sum(line.earned for line in marked), sum(line.points for line in marked)
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
        return "\n".join([*rows, self.summary])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(line.name)}</td><td>{line.verdict}</td>"
            f"<td>{'-' if line.earned is None else format(line.earned, 'g')} of {line.points:g}</td>"
            f"<td style='text-align:left; white-space:pre-wrap'>{html.escape(line.message)}</td></tr>"
            for line in self.lines
        )
        head = "<tr><th>part</th><th>result</th><th>points</th><th>what the check says</th></tr>"
        caption = f"<caption>{html.escape(self.title)}</caption>"
        return f"<table>{caption}<thead>{head}</thead><tbody>{rows}</tbody></table><p>{self.summary}</p>"


def read(notebook: str | Path) -> dict:
    """Read a notebook as it is on disk; raise CourseError if it is missing or none.

    Without nbformat, whose import takes longer than all the rest of a command.
    """
    path = Path(notebook)
    try:
        nb = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise CourseError(f"{path} does not exist; say where the notebook is") from None
    except ValueError as error:
        why = f"is not a notebook or was cut off ({error}); save it again, or fetch a new copy"
        conflict = find_conflict(path.read_bytes().decode("utf-8", "replace"))
        raise CourseError(f"{path}: {conflict}" if conflict else f"{path} {why}") from None
    if not isinstance(nb, dict) or nb.get("nbformat") != 4 or not isinstance(nb.get("cells"), list):
        raise CourseError(f"{path} is not a notebook of format 4; save it in JupyterLab again")
    try:
        for cell in nb["cells"]:
            cell["cell_type"], cell["metadata"].get("nbgrader", {}).get("x"), source(cell)
        nb["metadata"].get("dlcourse_stubs", {}).get("x")
    except (KeyError, TypeError, AttributeError):
        raise CourseError(f"{path} is not a whole notebook; fetch a new copy") from None
    return nb


def source(cell: dict) -> str:
    """Return the text of a cell, which on disk may be a list of lines."""
    return "".join(cell["source"])


def assignment(nb: dict, path: str | Path) -> str:
    """Return the name of a notebook's assignment; raise CourseError if it is none."""
    found = next((m for cell in nb["cells"] if (m := ASSIGNMENT.search(source(cell)))), None)
    if found is None:
        raise CourseError(
            f"{path} is not an assignment: no cell has its '<!-- ASSIGNMENT: ... -->' line"
        )
    return found[1]


def parts(nb: dict, path: str | Path) -> list[Part]:
    """Return the parts in their order, found by nbgrader's metadata, else by their marker lines."""
    stubs = nb["metadata"].get("dlcourse_stubs", {})
    checks, found = {}, {}
    for index, cell in enumerate(nb["cells"]):
        if marker := CHECK.search(source(cell)):
            checks[marker[1]] = (index, float(marker[2]))
    for index, cell in enumerate(nb["cells"]):
        facts = cell["metadata"].get("nbgrader", {})
        marker = GRADED.search(source(cell))
        name = facts.get("grade_id") if facts.get("solution") else marker and marker[1]
        if name and name not in found:
            check, points = checks.get(name, (None, float(facts.get("points", 0))))
            found[name] = Part(name, index, check, points, source(cell), stubs.get(name))
    if not found:
        raise CourseError(
            f"{path} has no graded parts; is it the assignment, or one of the lessons?"
        )
    return list(found.values())


def check(notebook: str | Path, timeout: int = 60) -> Report:
    """Run a saved notebook from top to bottom in a fresh kernel and report what its checks say.

    The notebook itself is not changed. Each cell has `timeout` seconds; errors do not stop the run.
    Raises CourseError for a notebook that cannot be checked.
    """
    path = Path(notebook)
    nb = read(path)
    name, found = assignment(nb, path), parts(nb, path)
    if CHECKING in os.environ:
        return Report(f"{path.name}: not checked again while it is being checked", [])
    cells = nb["cells"]
    if any(part.attempted and part.check is not None for part in found):
        cells = _run(nb, path, timeout)
    return Report(
        f"{path.name} ({name})", [_judge(part, cells, find_version(nb)) for part in found]
    )


def _run(nb: dict, path: Path, timeout: int) -> list[dict]:
    """Execute a notebook in its own folder, without writing it, and return its cells."""
    import nbformat
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    try:
        executed = nbformat.reads(json.dumps(nb), as_version=4)
    except Exception:  # nbformat raises whatever a malformed cell makes it raise
        raise CourseError(f"{path} is not a whole notebook; fetch a new copy") from None
    slow = f"no answer after {timeout} seconds: an endless loop?"
    client = NotebookClient(
        executed,
        kernel_name="python3",
        timeout=timeout,
        allow_errors=True,
        interrupt_on_timeout=True,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        error_on_timeout={"ename": "Timeout", "evalue": slow, "traceback": [slow]},
        resources={"metadata": {"path": str(path.resolve().parent)}},
    )
    client.log.disabled = True  # the report says it all
    client.on_cell_executed = _keep_error
    try:
        client.execute(env={**os.environ, "DLCOURSE_STATIC": "1", CHECKING: "1"})
    except DeadKernelError:
        raise CourseError(
            f"{path}: Python died while it ran this notebook; out of memory?"
        ) from None
    except NoSuchKernel:
        raise CourseError("no Python kernel here; install one: pip install ipykernel") from None
    return executed.cells


def _keep_error(cell: dict, execute_reply: dict, **_: object) -> None:
    """Write an error that only the kernel's reply knows, such as a timeout, into the cell."""
    reply = execute_reply["content"]
    if reply["status"] == "error" and (reply["ename"] == "Timeout" or not _error(cell)):
        from nbformat.v4 import new_output

        facts = {key: reply.get(key, "") for key in ("ename", "evalue")}
        cell["outputs"] = [new_output("error", traceback=[], **facts)]


def _error(cell: dict) -> str:
    """Return what the first error of a cell says; empty if there is none."""
    kind, text = find_error(cell.get("outputs", []))
    return text if kind in ("CheckFailed", "Timeout") else describe(kind, text)


def _judge(part: Part, cells: list[dict], version: str) -> Line:
    def line(verdict: str, earned: float | None = 0.0, message: str = "") -> Line:
        return Line(part.name, verdict, earned, part.points, message)

    if not part.attempted:
        return line("not attempted", None if part.check is None else 0.0)
    if part.check is None:
        return line("a person marks", None)
    if wrong := _error(cells[part.answer]):
        why = explain(*find_error(cells[part.answer]["outputs"]), part.text, version)
        return line("fails", message=f"your cell stops with {wrong}" + (why and f"\n{why}"))
    if wrong := _error(cells[part.check]):
        return line("fails", message=wrong)
    if not any(o["output_type"] == "execute_result" for o in cells[part.check].get("outputs", [])):
        return line("fails", message="the check gave no points: was its cell changed?")
    return line("passes", part.points)


def submit(notebook: str | Path, student: str, folder: str | Path = ".") -> tuple[Path, list[str]]:
    """Write the zip that `nbgrader zip_collect` takes; return its path and the parts not attempted.

    Inside stands <student>/<UTC time>/<assignment>.ipynb, so a renamed notebook or zip does no harm.
    Raises CourseError for an id with other characters than letters, digits and @ . _ -, or for a
    notebook that is no assignment.
    """
    path = Path(notebook)
    if not STUDENT.fullmatch(student):
        raise CourseError(f"'{student}' is no student id: use letters, digits and @ . _ - only")
    nb = read(path)
    name = assignment(nb, path)
    untouched = [part.name for part in parts(nb, path) if not part.attempted]
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{student}/{stamp}/{name}.ipynb", path.read_bytes())
    target = Path(folder) / f"{name}_{student}_{stamp}.zip"
    write_file(target, packed.getvalue())
    return target, untouched


def reset(part: str, notebook: str | Path | None = None) -> tuple[Path, Path]:
    """Put one part's answer back as it was released; return the notebook and the copy kept of it.

    Without a notebook, the one that has the part is looked for here and under assignments/.
    """
    path = Path(notebook) if notebook else _find(part)
    nb = read(path)
    assignment(nb, path)
    found = {each.name: each for each in parts(nb, path)}
    if part not in found:
        raise CourseError(f"{path} has no part '{part}'; it has: {', '.join(found)}")
    if found[part].stub is None:
        raise CourseError(f"{path} has lost what was released; fetch a new copy")
    copy = keep_copy(path)
    answer = nb["cells"][found[part].answer]
    answer["source"] = found[part].stub
    if answer["cell_type"] == "code":
        answer |= {"outputs": [], "execution_count": None}
    write_file(path, (json.dumps(nb, indent=1, ensure_ascii=False) + "\n").encode())
    return path, copy


def _find(part: str) -> Path:
    found = []
    for path in (*Path().glob("*.ipynb"), *Path().glob("assignments/*/*.ipynb")):
        with contextlib.suppress(ValueError):  # a broken or another notebook is not the one
            if not path.name.endswith(".mine.ipynb"):
                found += [path for each in parts(read(path), path) if each.name == part]
    if len(found) != 1:
        where = f"in {len(found)} notebooks here" if found else "in no notebook here"
        raise CourseError(f"part '{part}' is {where}; name one: dlcourse reset {part} NOTEBOOK")
    return found[0]
