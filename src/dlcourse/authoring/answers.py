"""Answers to the exercises, right and wrong: read them, make more, and see what a check says."""

import ast
import io
import linecache
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import patch

import nbformat

from dlcourse.authoring.notebooks import ROOT
from dlcourse.checks import CheckFailed, student
from dlcourse.homework.sheet import check_of, facts_of

WRITTEN = ROOT / "tests" / "assignments"
SAYS = "# says: "


@dataclass(frozen=True)
class SolvedPart:
    """A part of an exercise: the cell that students fill in, solved, and the check cell."""

    assignment: str
    name: str
    answer: str
    check: str
    points: float  # in the check cell's metadata


@dataclass(frozen=True)
class Answer:
    """A student's cell, its misconception or what sets it apart, and a piece of the message."""

    name: str
    misconception: str
    says: str
    source: str

    @property
    def right(self) -> bool:
        return self.name.startswith("right_")


@dataclass(frozen=True)
class Verdict:
    """The points that nbgrader would give, and the error that took them away."""

    points: float
    error: BaseException | None = None


def assignments() -> list[str]:
    """Return the names of all assignments that have been built."""
    return sorted(path.stem for path in ROOT.glob("solutions/*/*.ipynb"))


@cache
def notebook(assignment: str) -> nbformat.NotebookNode:
    """Read the built solutions notebook of an assignment."""
    return nbformat.read(ROOT / "solutions" / assignment / f"{assignment}.ipynb", as_version=4)


@cache
def parts(assignment: str) -> dict[str, SolvedPart]:
    """Return an assignment's parts that a machine marks, as {name: part}, in reading order."""
    cells = {facts["grade_id"]: cell for cell in notebook(assignment).cells
             if (facts := facts_of(cell))}  # fmt: skip
    found = {}
    for name, cell in cells.items():
        check = cells.get(check_of(name))
        if check:
            points = float(facts_of(check)["points"])
            found[name] = SolvedPart(assignment, name, cell.source, check.source, points)
    return found


def written(part: SolvedPart) -> list[Answer]:
    """Return the answers to a part that stand in tests/assignments, wrong ones first."""
    paths = (WRITTEN / part.assignment / part.name).glob("*.py")
    return [read(path) for path in sorted(paths, key=lambda path: (path.name[0] != "w", path.name))]


def read(path: Path) -> Answer:
    """Read an answer's file: a docstring, for a wrong one a line `# says: ...`, and the cell.

    Raises ValueError for a file that is no Python, or has no docstring.
    """
    text, where = path.read_text("utf-8"), "/".join(path.parts[-3:])
    tree = _parse(text, where)
    doc = ast.get_docstring(tree, clean=False)
    if not doc or doc.isspace():
        raise ValueError(f"{where}: begin with a docstring, what the author of this answer thinks")
    lines = text.splitlines(keepends=True)[tree.body[0].end_lineno :]
    says = next((line for line in lines if line.startswith(SAYS)), "")
    if says:
        lines.remove(says)
    source = "".join(lines).strip() + "\n"
    return Answer(path.stem, doc, says.removeprefix(SAYS).strip(), source)


def _parse(source: str, where: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise ValueError(f"{where}, line {error.lineno}: {error.msg}") from None


def cheats(part: SolvedPart) -> list[Answer]:
    """Make answers that nobody should get points for out of the instructor's own.

    Raises ValueError for one that is not a function.
    """
    where = f"{part.assignment}, cell {part.name}"
    body = _parse(part.answer, where).body
    function = next((n.name for n in reversed(body) if isinstance(n, ast.FunctionDef)), None)
    if function is None:
        raise ValueError(f"{where}: it must define a function")
    kinds = NET_CHEATS if function == "build" else FUNCTION_CHEATS
    return [
        Answer(
            f"cheat_{name}",
            misconception,
            says,
            f"{part.answer}\n\n_honest = {function}\n{HELPER if kinds is FUNCTION_CHEATS else ''}"
            + code.replace("ANSWER", function),
        )
        for name, (misconception, says, code) in kinds.items()
    ]


# Written in front of the cheats on functions: apply something to every tensor and number.
HELPER = """
def _each(change, value):
    if isinstance(value, (list, tuple)):
        return type(value)(_each(change, item) for item in value)
    return change(value)

"""
FUNCTION_CHEATS = {
    "constant": (
        "The right shape and type, always zero.", "",
        "def ANSWER(*arguments):\n    return _each(lambda value: value * 0, _honest(*arguments))\n",
    ),
    "nan": (
        "The right shape and type, always nan.", "",
        "def ANSWER(*arguments):\n"
        "    return _each(lambda value: value * float('nan'), _honest(*arguments))\n",
    ),
    "changes_arguments": (
        "Right, but changes its arguments in place.", "changed by the function",
        "def ANSWER(*arguments):\n"
        "    result = _honest(*arguments)\n"
        "    for value in arguments:\n"
        "        if isinstance(value, torch.Tensor):\n            value.copy_(value == 0)\n"
        "        elif isinstance(value, list):\n            value.append(None)\n"
        "    return result\n",
    ),
    "remembers": (
        "Right at the first call; later ones give what a global remembers of it.", "",
        "_first = []\n\n\n"
        "def ANSWER(*arguments):\n    _first.append(_honest(*arguments))\n    return _first[0]\n",
    ),
}  # fmt: skip
_NET = """
class _Cheat(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = _honest()

    def forward(self, x):
        return {}


def ANSWER():
    return _Cheat()
"""
NET_CHEATS = {
    "constant": ("Says the same for every image.", "", _NET.format("self.net(x) * 0")),
    "nan": ("Gives nan.", "", _NET.format("self.net(x) * float('nan')")),
    "shared": (
        "Every call gives one net that was made before.", "the same net from two calls",
        "_net = _honest()\n\n\ndef ANSWER():\n    return _net\n",
    ),
}  # fmt: skip


@cache
def _preamble(assignment: str) -> str:
    """Return the plain code cells of the notebook (imports, helpers) without the set-up cell."""
    return "\n\n".join(
        cell.source
        for cell in notebook(assignment).cells
        if cell.cell_type == "code"
        and not facts_of(cell)
        and "setup" not in cell.metadata.get("tags", [])
    )


@cache
def mark(part: SolvedPart, source: str) -> Verdict:
    """Run a student's cell and the part's check, hidden tests too, as notebooks and nbgrader do."""
    space = {"__name__": "__main__"}
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            _run(_preamble(part.assignment), "imports", space)
            _run(source, f"{part.name} answer", space)
            value = _run(part.check, f"{part.name} check", space)
        except Exception as error:
            return Verdict(0, error)
    return Verdict(float(repr(value)))


@cache
def asked(part: SolvedPart) -> list[tuple]:
    """Return what the check asks of the solution: (operation, arguments, reply), in order."""
    told, perform = [], student.perform

    def listen(operation: str, function: Callable, *arguments):
        told.append((operation, arguments, perform(operation, function, *arguments)))
        return told[-1][-1]

    with patch.object(student, "perform", listen):
        mark.__wrapped__(part, part.answer)
    return told


def _run(source: str, name: str, space: dict):
    """Run a cell and return the value of its last line, None if that is not an expression."""
    name = f"<{name}>"
    linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
    body = ast.parse(source).body
    last = body[-1].value if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body[:-1] if last else body, []), name, "exec"), space)
    return eval(compile(ast.Expression(last), name, "eval"), space) if last else None


def message(verdict: Verdict) -> str:
    """Return what a student reads: the four lines of a check, or the error's last line."""
    if isinstance(verdict.error, CheckFailed):
        return str(verdict.error)
    return f"{type(verdict.error).__name__}: {verdict.error}" if verdict.error else ""
