"""One submission's run: the student's cells in one room, the checks in another, data between."""

import ast
from collections.abc import Sequence

from nbformat import NotebookNode
from nbgrader import utils

from dlcourse.grading.preprocessors import is_check, to_node
from dlcourse.grading.rooms.checker import Checker
from dlcourse.grading.rooms.kernel import Kernel
from dlcourse.grading.rooms.limits import Limits
from dlcourse.grading.rooms.room import Opener
from dlcourse.homework.execution import Execution

# Errors that no answer can cause, as those of answers come in a CheckFailed: the check is wrong.
BROKEN = ("NameError", "SyntaxError", "ImportError", "ModuleNotFoundError")


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


class Session(Execution):
    """Runs a repaired notebook once, in place, in rooms."""

    def __init__(
        self,
        assignment: str,
        release: NotebookNode,
        files: dict[str, bytes],
        limits: Limits,
        isolation: Opener,
    ):
        """`release` holds the checks with their hidden tests; `files` stand beside the notebook."""
        super().__init__(
            assignment,
            # The trusted room runs the release's checks, whatever a notebook calls one.
            {c.metadata.nbgrader.grade_id: c.source for c in release.cells if is_check(c)},
            lambda: Kernel(isolation, limits, files),
            Checker(isolation, limits, trusted_cells(release), asked_names(release)),
            limits,
        )

    def run(self, cells: Sequence[NotebookNode]) -> None:
        """Fill in the outputs of all code cells; raise OSError if no room opens."""
        super().run(cells)
        for cell in cells:
            if cell["cell_type"] == "code":
                cell["outputs"] = to_node(cell["outputs"])

    def _check(self, cell: NotebookNode) -> list[dict]:
        outputs = super()._check(cell)
        name = cell["metadata"]["nbgrader"]["grade_id"]
        broken = (o for o in outputs if o["output_type"] == "error" and o["ename"] in BROKEN)
        self.looks += [f"{name} is broken: {o['ename']}: {o['evalue'][:200]}" for o in broken]
        return outputs
