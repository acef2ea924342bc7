"""How a homework notebook runs: its cells in one process, its checks in another, data between.

`dlcourse check` and grading run notebooks by the same `Execution`, so that they come to the same
verdicts. Each brings a kernel and a checker of its own; only the walls around these differ.
"""

import ast
import contextlib
import hashlib
import io
import json
import linecache
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dlcourse.homework.sheet import facts_of

# What both kinds of kernel start with. Compiling costs half a minute and changes no result.
ENVIRONMENT = {"DLCOURSE_STATIC": "1", "TORCH_COMPILE_DISABLE": "1"}
REPLY, FAIL = b"d", b"f"  # of an answer: its result; JSON of the kind and text of a `student.Error`
LEAST = 1.0  # seconds for an answer's cell that a new kernel runs again, even if none are left
NAMED = 8  # cells named in one line

Ask = Callable[[bytes, float], tuple[bytes, bytes]]


class KernelEnded(Exception):
    """The kernel's process ended, or no longer obeys; it must be replaced."""

    def __init__(self, text: str, outputs: list[dict] | None = None):
        super().__init__(text)
        self.outputs = outputs or []


class CheckEnded(Exception):
    """The check's own process ended, or did not answer in time."""


class Kernel(Protocol):
    """Where a student's cells run; raises KernelEnded from every method once it is gone."""

    def execute(
        self, source: str, seconds: float, silent: bool = False, limit: int | None = None
    ) -> list[dict]:
        """Run a cell for at most `seconds` and return up to `limit` bytes of output."""
        ...

    def ask(self, payload: bytes, seconds: float) -> bytes | None:
        """Return the student's answer to a check's question; None if it does not come in time."""

    def close(self) -> None:
        """End it."""


class Checker(Protocol):
    """Where checks run; raises CheckEnded if one cannot be completed."""

    def run(self, source: str, label: str, seed: int, ask: Ask) -> list[dict]:
        """Run a check and return its outputs; `ask(question, deadline)` reaches the student."""
        ...

    def close(self) -> None:
        """End it."""


@dataclass(frozen=True)
class Allowance:
    """How long one run of a notebook may take, on the wall clock, and how much it may print."""

    cell_seconds: float = 60.0  # one cell of the student's, or one check with all its calls
    notebook_seconds: float = 600.0  # all cells together, restarts included
    output: int = 1 << 20  # bytes of output kept of one cell
    outputs: int = 8 << 20  # bytes of output kept of all cells together


def seed_of(assignment: str, cell: str) -> int:
    """Return the seed of a check, equal for all students."""
    return int.from_bytes(hashlib.sha256(f"{assignment}/{cell}".encode()).digest()[:4], "big")


def settle(shell) -> None:
    """Have `exit()` stop its cell alone, and `%matplotlib` do without what is not installed."""
    enable = shell.enable_matplotlib

    def ask_exit() -> None:
        raise SystemExit("exit() stops this cell")

    def enable_matplotlib(gui: str | None = None) -> tuple:
        try:
            return enable(gui)
        except Exception:  # each version of Matplotlib and IPython raises another
            return gui, "agg"

    shell.ask_exit, shell.enable_matplotlib = ask_exit, enable_matplotlib


class Execution:
    """Runs a notebook once, in place, and keeps a log.

    Each answer and check has a share of half the time kept for it, which no cell above can use up.
    """

    def __init__(
        self,
        assignment: str,
        checks: dict[str, str],
        start: Callable[[], Kernel],
        checker: Checker,
        limits: Allowance,
    ):
        """`checks` holds the sources by grade_id; no other cell runs as a check."""
        self.assignment, self.checks, self.limits = assignment, checks, limits
        self.start, self.checker = start, checker
        self.kernel: Kernel | None = None
        self.done: list[dict] = []  # cells to run again in a new kernel
        self.bytes_left = limits.outputs
        self.log: list[str] = []
        self.looks: list[str] = []  # why a person must look
        self.cut: dict[str, None] = {}  # cells for which there was not enough time

    def run(self, cells: Sequence[dict]) -> None:
        """Fill in the outputs of all code cells; raise OSError if nothing runs here."""
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        self.waiting = sum(map(self._is_needed, code))  # answers and checks still to come
        self.share = self.limits.notebook_seconds / 2 / max(1, self.waiting)
        try:
            self._kernel()  # before the clock: how long it takes to start is up to the machine
            self.deadline = time.monotonic() + self.limits.notebook_seconds
            for count, cell in enumerate(code, 1):
                self._kernel()  # a new one is not at the cost of this cell
                self.waiting -= self._is_needed(cell)
                cell["execution_count"] = count
                cell["outputs"] = (self._check if self._is_check(cell) else self._student)(cell)
                for output in cell["outputs"]:
                    if output["output_type"] == "execute_result":
                        output["execution_count"] = count
        finally:
            self.checker.close()
            self._end_kernel()
        if self.cut:
            names = list(self.cut)
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            self.looks.append(f"not enough time for {', '.join(names[:NAMED])}{more}")

    def _is_check(self, cell: dict) -> bool:
        facts = facts_of(cell)
        return bool(facts.get("grade") and not facts.get("solution") and _name(cell) in self.checks)

    def _is_needed(self, cell: dict) -> bool:
        return bool(facts_of(cell).get("solution")) or self._is_check(cell)

    def _student(self, cell: dict) -> list[dict]:
        if not cell["source"].strip():
            return []
        if self._left() <= 0:
            why = "not run: the rest of the time is kept for answers and checks"
            return self._give_up(cell, why)
        kernel = self._kernel()
        try:
            limit = min(self.limits.output, self.bytes_left)
            outputs = kernel.execute(cell["source"], self._seconds(), limit=limit)
            self.done.append(cell)
        except KernelEnded as ended:
            self._end_kernel()
            self.log.append(f"cell {cell.get('id')}: {ended}")
            why = f"Python ended in this cell: {ended}. The cells below run in a new one."
            outputs = [*ended.outputs, _error("KernelEnded", why)]
        self._note_cut(cell)
        self.bytes_left -= len(json.dumps(outputs))
        return outputs

    def _check(self, cell: dict) -> list[dict]:
        name = facts_of(cell)["grade_id"]
        seed = seed_of(self.assignment, name)
        self.log.append(f"{name}: seed {seed}")
        if self._left() <= 0:
            return self._give_up(cell, "not checked: the time of the notebook was used up")
        try:
            return self.checker.run(self.checks[name], name, seed, self._ask)
        except CheckEnded as ended:
            self.looks.append(f"{name} could not be completed: {ended}")
            return [_error("CheckEnded", f"the check could not be completed: {ended}")]
        finally:
            self._note_cut(cell)

    def _ask(self, question: bytes, deadline: float) -> tuple[bytes, bytes]:
        """Put a check's question to the student's kernel."""
        seconds = max(0, min(deadline - time.monotonic(), self._left()))
        try:
            reply = self._kernel().ask(question, seconds) if seconds else None
        except KernelEnded as ended:
            self._end_kernel()
            self.log.append(f"asked for an answer: {ended}")
            return _failure("hung" if "deaf" in str(ended) else "died", str(ended))
        if reply is None:
            return _failure("hung", f"no answer after {seconds:.0f} seconds")
        return (REPLY, reply) if reply else _failure("garbled", "no answer at all")

    def _kernel(self) -> Kernel:
        """Return the kernel; a new one first runs again what ran to an end before."""
        while self.kernel is None:
            self.kernel = self.start()
            for cell in list(self.done):
                needed = self._is_needed(cell)
                try:
                    if needed or self._left() > 0:
                        seconds = max(LEAST, self._seconds())
                        self.kernel.execute(cell["source"], seconds, silent=True)
                except KernelEnded:  # what ended well once need not do so twice
                    self._end_kernel()
                    self.done.remove(cell)
                    break
                if not needed:
                    self._note_cut(cell)
        return self.kernel

    def _end_kernel(self) -> None:
        if self.kernel is not None:
            self.kernel.close()
            self.kernel = None

    def _left(self) -> float:
        """Return the seconds that are not kept for what is still to come."""
        return self.deadline - self.share * self.waiting - time.monotonic()

    def _seconds(self) -> float:
        return min(self.limits.cell_seconds, self._left())

    def _note_cut(self, cell: dict) -> None:
        if self._left() <= 0:
            self.cut[_name(cell) or f"cell [{cell['execution_count']}]"] = None

    def _give_up(self, cell: dict, why: str) -> list[dict]:
        self._note_cut(cell)
        return [_error("OutOfTime", why)]


def _name(cell: dict) -> str | None:
    return facts_of(cell).get("grade_id")


def _failure(kind: str, text: str) -> tuple[bytes, bytes]:
    return FAIL, json.dumps([kind, text]).encode()


def _error(name: str, text: str) -> dict:
    lines = [f"{name}: {text}"]
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": lines}


def run_cell(source: str, label: str, namespace: dict, limit: int = 1 << 20) -> list[dict]:
    """Run a cell as Python does; return its outputs in the notebook format, without stderr."""
    from IPython.core.inputtransformer2 import TransformerManager

    filename = f"<{label}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    printed, outputs = io.StringIO(), []
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        try:
            body = ast.parse(TransformerManager().transform_cell(source), filename).body
            last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
            exec(compile(ast.Module(body[:-1] if last else body, []), filename, "exec"), namespace)
            if last is not None:
                value = eval(compile(ast.Expression(last), filename, "eval"), namespace)
                if value is not None:
                    outputs.append(_result(value))
        except BaseException as error:
            outputs.append(_trace(error))
    if printed.getvalue():
        text = printed.getvalue()[:limit]
        outputs.insert(0, {"output_type": "stream", "name": "stdout", "text": text})
    return outputs


def _result(value) -> dict:
    data = {"text/plain": repr(value)}
    if hasattr(value, "_repr_html_"):
        data["text/html"] = value._repr_html_()
    return {
        "output_type": "execute_result",
        "execution_count": None,
        "metadata": {},
        "data": data,
    }


def _trace(error: BaseException) -> dict:
    if render := getattr(error, "_render_traceback_", None):
        lines = render()
    else:  # for the instructor: where in the check it happened
        lines = traceback.format_exception(error)
        lines = [lines[0], *[line for line in lines if line.startswith('  File "<')], lines[-1]]
    lines = [line.rstrip() for line in lines]
    return _error(type(error).__name__, str(error)) | {"traceback": lines}
