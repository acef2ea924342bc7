"""Small notebook-to-notebook steps that nbgrader runs among its own (see nbgrader_config.py)."""

import re
from pathlib import Path
from typing import cast

from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import List

HIDDEN = re.compile(r"(?ms)^[^\n]*BEGIN HIDDEN TESTS.*?END HIDDEN TESTS[^\n]*\n?")


# What `dlcourse reset` and `submit` write, beside a sheet that somebody tries.
OWN = re.compile(r"\.mine\.ipynb$|\.zip$")


def to_node(data: dict) -> NotebookNode:
    """Return a notebook, or a part of one, with its keys as attributes."""
    return cast(NotebookNode, from_dict(data))


def is_check(cell: NotebookNode) -> bool:
    """Say whether a cell is a check: code that earns points and that no student writes."""
    return cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell)


def files_beside(notebook: Path) -> dict[str, Path]:
    """Return {path from its folder: path} of what was released with a notebook."""
    return {
        path.relative_to(notebook.parent).as_posix(): path
        for path in sorted(notebook.parent.rglob("*"))
        if path.is_file() and path != notebook and ".ipynb_checkpoints" not in path.parts
        if not OWN.search(path.name)
    }


class Step(NbGraderPreprocessor):
    """A step that may also make pages: nbgrader's own base warns of what nbconvert sets there."""

    display_data_priority = List().tag(config=True)


class KeepStubs(NbGraderPreprocessor):
    """Write every answer's released text, and what lies beside it, into the notebook's metadata.

    With it a notebook alone, in Colab too, knows which answers are untouched and can be reset, and
    `dlcourse check` runs it with the files that grading has.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        stubs = {
            cell.metadata.nbgrader.grade_id: cell.source
            for cell in nb.cells
            if utils.is_solution(cell)
        }
        nb.metadata["dlcourse_stubs"] = stubs
        course = CourseDirectory(config=self.config)
        name = resources["nbgrader"]["assignment"]
        folder = Path(course.format_path(course.release_directory, ".", name))
        if files := list(files_beside(folder / f"{name}.ipynb")):
            nb.metadata["dlcourse_files"] = files
        return nb, resources


class RequirePoints(NbGraderPreprocessor):
    """Let a check cell earn its points by ending in exactly that number, and in no other way.

    nbgrader takes points away for any text on stderr, gives them all to a cell that ends in
    silence, and believes a number shown before an error. Runs after Execute.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        if not is_check(cell):
            return cell, resources
        kept = [
            output
            for output in cell.outputs
            if output.output_type != "execute_result" and output.get("name") != "stderr"
        ]
        results = [output for output in cell.outputs if output.output_type == "execute_result"]
        if not any(output.output_type == "error" for output in kept):
            if len(results) == 1 and _number(results[0]) == float(cell.metadata.nbgrader.points):
                kept += results
            else:
                text = "the check ended without its points"
                said = {"ename": "NoPoints", "evalue": text, "traceback": [f"NoPoints: {text}"]}
                kept.append(new_output("error", **said))
        cell.outputs = kept
        return cell, resources


def _number(result: NotebookNode) -> float | None:
    try:
        return float(result.data["text/plain"])
    except (KeyError, TypeError, ValueError):
        return None


# Errors whose text is written for students; that of any other may quote what a hidden test holds.
TOLD = ("CheckFailed", "CheckEnded", "OutOfTime", "NoPoints")


class HideTests(Step):
    """Take hidden tests, and whatever quotes them, out of a check cell. Runs before feedback."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        if is_check(cell):
            cell.source = HIDDEN.sub("", cell.source)
            # A warning on stderr shows the line that it came from.
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
            for output in cell.outputs:
                if output.output_type == "error":
                    output.evalue = _tell(output)
                    output.traceback = output.evalue.splitlines()
        return cell, resources


def _tell(error: NotebookNode) -> str:
    """Return what a student may read of a check's error."""
    if error.ename in TOLD:
        return error.evalue
    if error.ename == "AssertionError" and error.evalue.strip():
        return error.evalue.strip().splitlines()[0]  # the author's message
    return f"the check could not be completed: {error.ename}"
