"""The two processes of `dlcourse check`: the student's kernel, and one that runs the checks.

`main` is the second. All that passes between them is the student's own, on the student's machine,
so it is pickled; the walls that grading has are not needed here.
"""

import ast
import builtins
import contextlib
import itertools
import json
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from dlcourse.homework.execution import (
    ENVIRONMENT,
    FAIL,
    Allowance,
    Ask,
    CheckEnded,
    Execution,
    KernelEnded,
    run_cell,
    settle,
)
from dlcourse.homework.sheet import DEFINED, facts_of
from dlcourse.runtime import CourseError

# Set in the kernel of a check, and of grading.
CHECKING, GRADING = "DLCOURSE_CHECKING", "NBGRADER_EXECUTION"
START, GRACE = 60.0, 3.0  # seconds: until a kernel answers; to obey an interrupt
HERE = '__import__("dlcourse.homework.processes", fromlist=[""])'


def run(assignment: str, cells: list[dict], folder: Path, limits: Allowance) -> list[str]:
    """Run cells in `folder`, filling in errors and points; return what is to be told of the run."""
    checks = {
        facts_of(cell)["grade_id"]: cell["source"] for cell in cells if facts_of(cell).get("grade")
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as letters:
        execution = Execution(
            assignment,
            checks,
            lambda: Kernel(folder, Path(letters)),
            Checker(cells, limits),
            limits,
        )
        execution.run(cells)
    return execution.looks


def is_watched() -> bool:
    """Say whether this notebook is being checked or graded, so that it must not check itself."""
    return CHECKING in os.environ or GRADING in os.environ


class Kernel:
    """A kernel on this machine; of what cells put out, errors are kept."""

    def __init__(self, folder: Path, letters: Path):
        """Start it in `folder`; questions and answers are files in `letters`."""
        from jupyter_client.kernelspec import NoSuchKernel
        from jupyter_client.manager import KernelManager

        self.letters, self.manager = letters, KernelManager(kernel_name="python3")
        quiet = ["--IPKernelApp.log_level=ERROR", "--HistoryManager.hist_file=:memory:"]
        try:
            self.manager.start_kernel(
                cwd=str(folder),
                env={**os.environ, **ENVIRONMENT, CHECKING: "1"},
                extra_arguments=quiet,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except NoSuchKernel:
            raise CourseError("no Python kernel here; install one: pip install ipykernel") from None
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        try:
            self.client.wait_for_ready(timeout=START)
            self.execute(f"{HERE}.prepare()", START, silent=True)
        except (RuntimeError, KernelEnded) as error:
            self.close()
            raise CourseError(f"the Python kernel does not start: {error}") from None

    def execute(
        self, source: str, seconds: float, silent: bool = False, limit: int | None = None
    ) -> list[dict]:
        """Run a cell for at most `seconds` and return its errors."""
        errors: list[dict] = []
        request = self.client.execute(source, silent, not silent, allow_stdin=False)
        if not self._wait(request, seconds, errors):
            text = f"no end after {seconds:.0f} seconds: an endless loop?"
            errors[:] = [{"ename": "Timeout", "evalue": text}]
        return [{"output_type": "error", "traceback": [], **error} for error in errors]

    def ask(self, payload: bytes, seconds: float) -> bytes | None:
        """Have `answer` reply to a question; None if it does not in time."""
        question, reply = self.letters / "question", self.letters / "reply"
        question.write_bytes(payload)
        reply.unlink(missing_ok=True)
        source = f"{HERE}.answer({str(self.letters)!r})"
        if not self._wait(self.client.execute(source, silent=True), seconds, []):
            return None
        return reply.read_bytes() if reply.exists() else b""

    def _wait(self, request: str, seconds: float, errors: list[dict]) -> bool:
        """Follow a request to its end, interrupted after `seconds`; say whether it was in time."""
        deadline, in_time = time.monotonic() + seconds, True
        seen: set[str] = set()
        while len(seen) < 2:
            if time.monotonic() > deadline:
                if not in_time:
                    raise KernelEnded("no end in time, and deaf to interrupts", errors)
                self.manager.interrupt_kernel()
                deadline, in_time = time.monotonic() + GRACE, False
            kind, content = self._receive(request, "idle" in seen)
            if kind == "error":
                errors.append({key: content[key] for key in ("ename", "evalue")})
            elif kind == "execute_reply":
                seen.add("reply")
                if content["status"] == "error" and not errors:  # of an unknown magic, say
                    errors.append({key: content[key] for key in ("ename", "evalue")})
            elif content.get("execution_state") == "idle":
                seen.add("idle")
            elif kind == "dead":
                raise KernelEnded("its process ended", errors)
        return in_time

    def _receive(self, request: str, idle: bool) -> tuple[str, dict]:
        """Return kind and content of the next message; of "dead" if none comes any more."""
        try:
            receive = self.client.get_shell_msg if idle else self.client.get_iopub_msg
            message = receive(timeout=0.2)
        except queue.Empty:
            return ("" if self.manager.is_alive() else "dead"), {}
        if message["parent_header"].get("msg_id") != request:
            return "", {}
        return message["msg_type"], message["content"]

    def close(self) -> None:
        """End the kernel, hard."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def prepare() -> None:
    """Make this kernel as those of grading are, with PyTorch loaded before any clock runs."""
    from IPython import get_ipython

    import dlcourse.checks.student  # noqa: F401

    settle(get_ipython())


def answer(letters: str) -> None:
    """Answer, in the student's kernel, the question that lies in a folder."""
    from IPython import get_ipython

    from dlcourse.checks import student

    question = pickle.loads((Path(letters) / "question").read_bytes())
    reply = student.reply(get_ipython().user_ns, *question)
    (Path(letters) / "reply").write_bytes(pickle.dumps(reply))


class Checker:
    """The process beside the student's kernel; it knows the imports of the student's own cells."""

    process: Any  # a Popen, or None

    def __init__(self, cells: list[dict], limits: Allowance):
        self.limits = limits
        facts = [(facts_of(cell), cell["source"]) for cell in cells]
        self.plain = [text for known, text in facts if not known]
        self.asked = [
            name for known, text in facts if "solution" in known for name in DEFINED.findall(text)
        ]
        self._start()  # early: PyTorch is loaded while the student's cells run

    def run(self, source: str, label: str, seed: int, ask: Ask) -> list[dict]:
        """Run a check and return its outputs."""
        if not self.process:
            self._start()
        try:
            if not self.loaded:
                self.loaded = pickle.load(self.process.stdout)
            deadline = time.monotonic() + self.limits.cell_seconds
            self._send([source, label, seed])
            while isinstance(received := pickle.load(self.process.stdout), bytes):
                self._send(ask(received, deadline))
        except (EOFError, OSError, pickle.UnpicklingError):
            self.close()
            raise CheckEnded("its process ended") from None
        return received

    def _start(self) -> None:
        self.loaded = False
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"{HERE}.main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **ENVIRONMENT},
        )
        self._send([self.plain, self.asked])

    def _send(self, value: object) -> None:
        pickle.dump(value, self.process.stdin)
        self.process.stdin.flush()

    def close(self) -> None:
        """End the process, if there is one."""
        if self.process is not None:
            self.process.kill()
            with contextlib.suppress(OSError):  # what it did not read any more
                self.process.communicate()
            self.process = None


def main() -> None:
    """Run check cells, as `Checker` asks; a name unknown to them is a function of the student's."""
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is not a message,
    sys.stdin = None  # and a message is nobody's input
    from dlcourse import checks, runtime  # noqa: F401 - checks: before any clock runs
    from dlcourse.checks import answer, student

    seeds: list[int] = []  # to be sent along with the first question of a check

    def send(value: object) -> None:
        pickle.dump(value, target)
        target.flush()

    class Answer(student.Remote):
        """A function of the student's, asked through the parent."""

        def ask(self, operation: str, *arguments):
            data = student.to_data(arguments)
            seed = seeds.pop() if seeds else None
            send(pickle.dumps([operation, self.__name__, data, seed]))
            kind, message = pickle.load(source)
            return student.Error(*json.loads(message)) if kind == FAIL else pickle.loads(message)

        def __call__(self, *arguments):
            return answer.call(self, *arguments)[0]

    plain, asked = pickle.load(source)
    imports = find_imports(plain)
    send(True)  # all that takes long is loaded
    namespace = {"__name__": "__main__", **{name: Answer(name) for name in asked}}
    with contextlib.suppress(EOFError):  # the parent has ended: so is all this
        while True:
            text, label, seed = pickle.load(source)
            runtime.set_seed(seed)
            seeds[:] = [seed]
            for name in used_names(text) - namespace.keys() - set(dir(builtins)):
                with contextlib.suppress(Exception):  # it may import what is no module here
                    exec(imports.get(name, ""), namespace)
                namespace.setdefault(name, Answer(name))
            send(run_cell(text, label, namespace))


def find_imports(cells: list[str]) -> dict[str, str]:
    """Return {name: import statement that binds it} of some cells, and what every check needs."""
    found = {"checks": "from dlcourse import checks", "torch": "import torch"}
    for node in itertools.chain(*map(_parse, cells)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [each.asname or each.name.partition(".")[0] for each in node.names]
            found |= dict.fromkeys(names, ast.unparse(node))
    return found


def used_names(cell: str) -> set[str]:
    """Return the names that a cell reads and does not make itself."""
    nodes = [n for n in itertools.chain(*map(ast.walk, _parse(cell))) if isinstance(n, ast.Name)]
    return {n.id for n in nodes} - {n.id for n in nodes if isinstance(n.ctx, ast.Store)}


def _parse(cell: str) -> list[ast.stmt]:
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return ast.parse(TransformerManager().transform_cell(cell)).body
    except SyntaxError:
        return []
