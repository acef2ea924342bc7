"""Our steps of `nbgrader autograde`: it repairs what came, and runs it isolated, once each."""

import functools
import json
from pathlib import Path
from typing import Any, cast

from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Bool, Dict, Unicode

from dlcourse.grading import unit
from dlcourse.grading.intake.repair import repair
from dlcourse.grading.preprocessors import to_node
from dlcourse.grading.rooms import isolation
from dlcourse.grading.rooms.limits import Limits


class JailedExecute(Execute):
    """Run students' cells in one isolated process and check cells in another (see `session`).

    `timeout` is the time of one cell; further limits are in `limits`.
    """

    limits = Dict({}, help="fields of rooms.limits.Limits that differ").tag(config=True)
    unsafe = Bool(False, help="run students' code without isolation").tag(config=True)
    result = Unicode("", help="file of a result that `dlcourse grade` has ready").tag(config=True)

    def make_limits(self) -> Limits:
        """Return the configured limits; raise ValueError for a name that is none."""
        try:
            return Limits(**{"cell_seconds": float(cast(Any, self.timeout)), **self.limits})
        except TypeError as error:
            raise ValueError(f"JailedExecute.limits: {error}") from None

    def preprocess(
        self, nb: NotebookNode, resources: dict, km: object = None
    ) -> tuple[NotebookNode, dict]:
        if self.result:
            result = unit.Result.read(Path(self.result))
        else:
            course = CourseDirectory(config=self.config)
            name = resources["nbgrader"]["assignment"]
            bundle = unit.Bundle.load(course, name, self.make_limits())
            result = unit.execute(nb, bundle, _isolation(self.unsafe))
        for line in result.log:
            self.log.info(line)
        assert result.notebook is not None  # what stops a run is raised
        nb.cells = result.notebook.cells
        return nb, resources


class Repair(NbGraderPreprocessor):
    """Repair what nbgrader has read; to be the first of `Autograde.sanitize_preprocessors`."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        release = self.read_release(resources["nbgrader"]["assignment"])
        whole, log = repair(json.dumps(nb).encode(), release)
        for line in log:
            self.log.warning(line)
        return to_node(whole), resources

    def read_release(self, assignment: str) -> dict:
        """Return the released notebook with its hidden tests."""
        return unit.Bundle.load(CourseDirectory(config=self.config), assignment).notebook


@functools.cache
def _isolation(unsafe: bool) -> isolation.Isolation:
    return isolation.choose(unsafe)  # lives as long as this process
