"""The unit of work: from a submission's bytes and an assignment's bundle to marks.

It needs no gradebook, no configuration and no folder of the course, so it can run anywhere.
"""

import functools
import importlib.metadata
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

import dlcourse
from dlcourse.files import digest, write_file
from dlcourse.grading import causes
from dlcourse.grading.intake.notebook import Unreadable, read_version
from dlcourse.grading.intake.repair import repair
from dlcourse.grading.preprocessors import OWN, RequirePoints, files_beside, to_node
from dlcourse.grading.rooms.isolation import Isolation
from dlcourse.grading.rooms.limits import Limits
from dlcourse.grading.rooms.session import Session
from dlcourse.homework import sheet


@dataclass(frozen=True)
class Bundle:
    """All that grading an assignment needs."""

    assignment: str
    notebook: NotebookNode  # as released, but its checks with the hidden tests
    files: dict[str, bytes]  # what was released beside the notebook
    limits: Limits

    @classmethod
    def load(cls, course: CourseDirectory, assignment: str, limits: Limits | None = None):
        """Read the released notebook, and its checks from the gradebook.

        Raises ValueError if the assignment is not released as one notebook of its name.
        """
        folder = Path(course.format_path(course.release_directory, ".", assignment))
        path = folder / f"{assignment}.ipynb"
        if [p.name for p in folder.glob("*.ipynb") if not OWN.search(p.name)] != [path.name]:
            raise ValueError(f"{assignment} is not released as {path}; run `make release`")
        nb = to_node(sheet.read(path))
        with Gradebook(course.db_url, course.course_id) as gradebook:
            if assignment not in {known.name for known in gradebook.assignments}:
                raise ValueError(f"{assignment} is not in the gradebook; run `make release`")
            known = gradebook.find_notebook(assignment, assignment)
            complete = {cell.name: cell.source for cell in known.source_cells if cell.locked}
        for cell in nb["cells"]:
            cell["source"] = sheet.source(cell)
            if utils.is_locked(cell):
                grade_id = cell["metadata"]["nbgrader"]["grade_id"]
                if grade_id not in complete:
                    raise ValueError(f"{grade_id} is not in the gradebook; run `make release`")
                cell["source"] = complete[grade_id]
        files = {name: file.read_bytes() for name, file in files_beside(path).items()}
        return cls(assignment, nb, files, limits or Limits())

    @functools.cached_property
    def identity(self) -> str:
        """What marks depend on besides the submission: code, points, files, limits, packages."""
        cells = [
            (
                cell["source"] if cell["cell_type"] == "code" else "",
                cell["metadata"].get("nbgrader"),
            )
            for cell in self.notebook["cells"]
            if cell["cell_type"] == "code" or "nbgrader" in cell["metadata"]
        ]
        files = {name: digest(data) for name, data in self.files.items()}
        return _identify(self.assignment, cells, files, asdict(self.limits), inventory())

    def key(self, submission: bytes) -> str:
        """Name the result of `grade` for this submission: equal keys, equal results."""
        return _identify(self.identity, digest(submission))


@dataclass
class Result:
    """What grading gave; without a notebook the submission is not graded, which is no mark of 0."""

    notebook: NotebookNode | None  # executed
    marks: dict[str, float | None]  # by grade_id; None where a person marks
    log: list[str] = field(default_factory=list)
    reason: str = ""  # one line: why a person must look

    @classmethod
    def read(cls, path: Path) -> "Result":
        """Read a file that `write` wrote; raise OSError or ValueError if that cannot be."""
        try:
            facts = json.loads(path.read_bytes())
            notebook = facts["notebook"] and to_node(facts["notebook"])
            return cls(notebook, facts["marks"], facts["log"], facts["reason"])
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{path} is no result of grading: {error}") from None

    def write(self, path: Path) -> None:
        """Write it as JSON, whole or not at all."""
        write_file(path, json.dumps(vars(self)).encode())


@dataclass(frozen=True)
class Trouble:
    """Why this machine could not grade a submission this time; nothing that is recorded changes."""

    why: str  # one line


def grade(submission: bytes, bundle: Bundle, isolation: Isolation) -> Result:
    """Repair, run and mark one submission; raise OSError if this machine cannot run it."""
    try:
        nb, log = repair(submission, bundle.notebook)
    except Unreadable as error:
        return Result(None, {}, [], str(error))
    version = functools.partial(read_version, submission)
    result = execute(to_node(nb), bundle, isolation, version)
    result.log[:0] = log
    return result


def execute(
    nb: NotebookNode, bundle: Bundle, isolation: Isolation, version: Callable[[], str] = str
) -> Result:
    """Run and mark a repaired notebook, changed in place; raise OSError if no room opens."""
    session = Session(bundle.assignment, bundle.notebook, bundle.files, bundle.limits, isolation)
    session.run(nb.cells)
    RequirePoints().preprocess(nb, {})
    causes.blame(nb, version)
    return Result(nb, read_marks(nb), session.log, "; ".join(session.looks))


def read_marks(nb: NotebookNode) -> dict[str, float | None]:
    """Return {grade_id: mark} of an executed notebook, as nbgrader reads it."""
    cells = [cell for cell in nb.cells if utils.is_grade(cell)]
    return {cell.metadata.nbgrader.grade_id: utils.determine_grade(cell)[0] for cell in cells}


@functools.cache
def inventory() -> tuple[str, ...]:
    """Name Python, the installed packages and the course's own code, each with its version."""
    folder = Path(dlcourse.__file__).parent
    code = {
        f"dlcourse/{path.relative_to(folder).as_posix()} {digest(path.read_bytes())}"
        for path in folder.rglob("*.py")
    }
    packages = {f"{d.name} {d.version}" for d in importlib.metadata.distributions()}
    return tuple(sorted(code | packages | {"Python {}.{}".format(*sys.version_info)}))


def _identify(*parts) -> str:
    return digest(json.dumps(parts, sort_keys=True).encode())
