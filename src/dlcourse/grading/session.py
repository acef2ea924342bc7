"""One submission's run: the student's cells in one room, the checks in another, data between them."""

import ast
import hashlib
import json
import time

from nbformat import NotebookNode, from_dict
from nbgrader import utils

from dlcourse.grading.checker import FAIL, REPLY, CheckEnded, Checker
from dlcourse.grading.kernel import Kernel, KernelEnded
from dlcourse.grading.preprocessors import is_check

# Errors that no answer can cause, as those of answers are told in a CheckFailed: the check is wrong.
BROKEN = ("NameError", "SyntaxError", "ImportError", "ModuleNotFoundError")


def seed_of(assignment: str, cell: str) -> int:
    """Return the seed of a check, equal for all students."""
    return int.from_bytes(hashlib.sha256(f"{assignment}/{cell}".encode()).digest()[:4], "big")


def trusted_cells(release: NotebookNode) -> list[str]:
    """Return what checks may count on: the imports of the release, and its locked cells."""
    found = []
    for cell in release["cells"]:
        if cell["cell_type"] != "code" or utils.is_solution(cell) or is_check(cell):
            continue
        found.append(cell["source"] if utils.is_locked(cell) else _imports(cell["source"]))
    return [source for source in found if source]


def asked_names(release: NotebookNode) -> list[str]:
    """Return the names of the functions and classes that students are to write."""
    names = []
    for cell in release["cells"]:
        if cell["cell_type"] == "code" and utils.is_solution(cell):
            kinds = (ast.FunctionDef, ast.ClassDef)
            names += [n.name for n in _parse(cell["source"]) if isinstance(n, kinds)]
    return names


def _imports(source: str) -> str:
    kinds = (ast.Import, ast.ImportFrom)
    return "\n".join(ast.unparse(n) for n in _parse(source) if isinstance(n, kinds))


def _parse(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:  # magics: the student's kernel knows them, checks do not need them
        return []


def name_of(cell: NotebookNode) -> str | None:
    """Return a cell's grade_id."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


class Session:
    """Runs a repaired notebook once, in place, and keeps a log."""

    def __init__(self, bundle, isolation):
        self.bundle, self.isolation, self.limits = bundle, isolation, bundle.limits
        self.checker = Checker(
            isolation, self.limits, trusted_cells(bundle.notebook), asked_names(bundle.notebook)
        )
        # The bundle's checks and no others, whatever the notebook calls one, run in the trusted room.
        self.checks = {name_of(c): c["source"] for c in bundle.notebook["cells"] if is_check(c)}
        self.kernel: Kernel | None = None
        self.done: list[str] = []  # cells to run again in a new kernel
        self.left = self.limits.outputs  # bytes
        self.log: list[str] = []
        self.looks: list[str] = []  # why a person must look

    def run(self, nb: NotebookNode) -> None:
        """Fill in the outputs of all code cells of `nb`; raise OSError if no room opens."""
        self.deadline = time.monotonic() + self.limits.notebook_seconds
        try:
            count = 0
            for cell in nb["cells"]:
                if cell["cell_type"] == "code":
                    count += 1
                    trusted = is_check(cell) and name_of(cell) in self.checks
                    run = self._check if trusted else self._student
                    cell["outputs"] = [from_dict(output) for output in run(cell)]
                    cell["execution_count"] = count
                    for output in cell["outputs"]:
                        if output["output_type"] == "execute_result":
                            output["execution_count"] = count
        finally:
            self.checker.close()
            self._end_kernel()

    def _student(self, cell: NotebookNode) -> list[dict]:
        source = cell["source"]
        if not source.strip():
            return []
        if self._left() <= 0:
            return [_error("OutOfTime", "not run: the time of the notebook was used up")]
        kernel = self._kernel()
        try:
            seconds = min(self.limits.cell_seconds, self._left())
            outputs = kernel.execute(source, seconds, limit=min(self.limits.output, self.left))
            self.done.append(source)
        except KernelEnded as ended:
            self._end_kernel()
            self.log.append(f"cell {cell.get('id')}: {ended}")
            why = f"Python ended in this cell: {ended}. The cells below run in a new one."
            outputs = [*ended.outputs, _error("KernelEnded", why)]
        self.left -= len(json.dumps(outputs))
        return outputs

    def _check(self, cell: NotebookNode) -> list[dict]:
        name = name_of(cell)
        seed = seed_of(self.bundle.assignment, name)
        self.log.append(f"{name}: seed {seed}")
        if self._left() <= 0:
            return [_error("OutOfTime", "not checked: the time of the notebook was used up")]
        try:
            outputs = self.checker.run(self.checks[name], name, seed, self._ask)
        except CheckEnded as ended:
            self.looks.append(f"{name} could not be completed: {ended}")
            return [_error("CheckEnded", f"the check could not be completed: {ended}")]
        broken = (o for o in outputs if o["output_type"] == "error" and o["ename"] in BROKEN)
        self.looks += [f"{name} is broken: {o['ename']}: {o['evalue'][:200]}" for o in broken]
        return outputs

    def _ask(self, question: bytes, deadline: float) -> tuple[bytes, bytes]:
        """Put a check's question to the student's kernel."""
        try:
            seconds = min(deadline, self.deadline) - time.monotonic()
            reply = self._kernel().ask(question, seconds) if seconds > 0 else None
        except KernelEnded as ended:
            self._end_kernel()
            self.log.append(f"asked for an answer: {ended}")
            return _failure("hung" if "deaf" in str(ended) else "died", str(ended))
        if reply is None:
            return _failure("hung", f"no answer after {self.limits.cell_seconds:.0f} seconds")
        return (REPLY, reply) if reply else _failure("garbled", "no answer at all")

    def _kernel(self) -> Kernel:
        """Return the kernel; a new one first runs again what ran to an end before."""
        while self.kernel is None:
            self.kernel = Kernel(self.isolation, self.limits, self.bundle.files)
            for source in self.done:
                seconds = min(self.limits.cell_seconds, max(0.1, self._left()))
                try:
                    self.kernel.execute(source, seconds, silent=True)
                except KernelEnded:  # what ended well once need not do so twice
                    self._end_kernel()
                    self.done.remove(source)
                    break
        return self.kernel

    def _end_kernel(self) -> None:
        if self.kernel is not None:
            self.kernel.close()
            self.kernel = None

    def _left(self) -> float:
        return self.deadline - time.monotonic()


def _failure(kind: str, text: str) -> tuple[bytes, bytes]:
    return FAIL, json.dumps([kind, text]).encode()


def _error(name: str, text: str) -> dict:
    return {
        "output_type": "error",
        "ename": name,
        "evalue": text,
        "traceback": [f"{name}: {text}"],
    }
