"""What all collectors of `nbgrader zip_collect` share: a plan for all, before a file is taken."""

import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from nbgrader.apps import ZipCollectApp
from nbgrader.plugins import FileNameCollectorPlugin

from dlcourse.grading.records.folders import replacing
from dlcourse.grading.records.roster import Roster

STAMP = "%Y%m%dT%H%M%SZ"  # in the zips of `dlcourse submit`
FAST = timedelta(minutes=10)  # that an honest clock may be
OLD = timedelta(days=365)  # older than this is no homework of this year's


class Collector(FileNameCollectorPlugin):
    """Collect what a plan names, one student after the other; end with 1 if anything went wrong.

    nbgrader's command has no place for the last two: so its own steps are called from here.
    """

    parent: Any  # a ZipCollectApp, whose traits have no types
    plan: dict[Path, dict] | None = None

    def __init__(self, **options):
        super().__init__(**options)
        app: Any = self.parent
        if isinstance(self.parent, ZipCollectApp):
            app.log.addHandler(errors := _Errors(logging.ERROR))
            app._transfer_files = partial(self._transfer, app._transfer_files)
            app.process_extracted_files = partial(_process, app.process_extracted_files, errors)

    def collect(self, submitted_file: str) -> dict | None:
        """Return student, assignment and time of a file that counts; None for all others."""
        if self.plan is None:
            try:
                self.plan = self.make_plan()
            except ValueError as error:
                self.log.error("%s", error)
                raise SystemExit(2) from None
        return self.plan.get(Path(submitted_file))

    def make_plan(self) -> dict[Path, dict]:
        """Return what nbgrader wants to know of each file that counts."""
        raise NotImplementedError

    @property
    def assignment(self) -> str:
        """The assignment that is collected."""
        return self.parent.coursedir.assignment_id

    @property
    def root(self) -> Path:
        """The folder of all files, of which nbgrader tells a collector the files only."""
        return Path(self.parent._format_collect_path(self.parent.extracted_directory))

    @property
    def students(self) -> dict[str, dict]:
        """The students of course_roster.py."""
        return self.config.Roster.get("students", {})

    def submitted(self, student: str) -> Path:
        """Return where a student's files go."""
        course = self.parent.coursedir
        return Path(course.format_path(course.submitted_directory, student, self.assignment))

    def tell(self, stamp: str) -> dict[str, str]:
        """Return a stamp as nbgrader reads it; nothing if it is in doubt."""
        return {} if self.doubt(stamp) else {"timestamp": str(datetime.strptime(stamp, STAMP))}

    def doubt(self, stamp: str) -> str:
        """Say why a stamp of the student's clock cannot be the time of handing in; '' if it can."""
        now, (first, why) = datetime.now(UTC).replace(tzinfo=None), self._first
        try:
            time = datetime.strptime(stamp if stamp.isascii() else "", STAMP)
        except ValueError:
            return "is no time"
        if time > now + FAST:
            return "is after this collection"
        return why if time < first else ""

    @cached_property
    def _first(self) -> tuple[datetime, str]:
        """The first moment to hand in, and what is said of an earlier one."""
        if released := Roster(config=self.config).released(self.assignment):
            return released, "is before the assignment was released"
        first = datetime.now(UTC).replace(tzinfo=None) - OLD
        return first, "is more than a year ago, before the assignment can have been released"

    def _transfer(self, transfer: Callable, collected: dict[str, dict]) -> None:
        """Have nbgrader copy each student's files; where it cannot, what was there stays."""
        for student, files in collected.items():
            again = self.parent.force  # else nbgrader refuses where there is something already
            with contextlib.suppress(SystemExit):  # it has said why
                try:
                    with replacing(self.submitted(student)) if again else contextlib.nullcontext():
                        transfer({student: files})
                except OSError as error:
                    self.log.error("%s: not collected, nothing is replaced: %s", student, error)


class _Errors(logging.Handler):
    """Whether an error was logged."""

    seen = False

    def emit(self, record: logging.LogRecord) -> None:
        self.seen = True


def _process(process: Callable, errors: _Errors) -> None:
    process()
    if errors.seen:
        raise SystemExit(1)
