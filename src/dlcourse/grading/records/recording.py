"""The one writer: finished results into nbgrader's gradebook and folders, and into the ledger."""

import contextlib
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from dlcourse.files import digest, write_file
from dlcourse.grading import causes
from dlcourse.grading.records.folders import replacing
from dlcourse.grading.records.gradebook import explained, hold, is_shared
from dlcourse.grading.records.late import assess
from dlcourse.grading.records.ledger import Entry, Ledger, open_ledger
from dlcourse.grading.records.marks import Submission, read_gradebook, restore
from dlcourse.grading.records.results import Store
from dlcourse.grading.unit import Bundle, Result, Trouble
from dlcourse.homework.sheet import part_of

REPAIRED = "grading/repaired"  # what nbgrader grades in place of the raw uploads
TRIES = 3


@dataclass(frozen=True)
class Work:
    """One student's submission, to be graded and recorded."""

    student: str
    folder: Path  # as it was handed in
    key: str = ""  # of its result
    submission: str = ""  # sha256 of the notebook
    log: tuple[str, ...] = ()  # of the intake
    look: str = ""  # why a person must say whether it is the right notebook


class Recorder:
    """Records one assignment's results, each as often as needed: the last time counts.

    A context manager, since it keeps the gradebook open, though never locked.
    """

    def __init__(self, api: Any, root: Path, bundle: Bundle):
        self.api, self.bundle, self.assignment = api, bundle, bundle.assignment
        self.shared = is_shared(api.coursedir.db_url)
        self.store = Store(root / "grading/results")
        self.ledger: Ledger = open_ledger(root, bundle.assignment)
        self.gradebook = api.gradebook
        api.coursedir.submitted_directory = REPAIRED
        cells = [cell for cell in bundle.notebook["cells"] if utils.is_grade(cell)]
        self.points = {c["metadata"]["nbgrader"]["grade_id"]: _points(c) for c in cells}
        self.checks = {c["metadata"]["nbgrader"]["grade_id"]: _identify(c) for c in cells}

    def __enter__(self) -> "Recorder":
        with contextlib.ExitStack() as stack:
            stack.callback(self.gradebook.close)
            stack.enter_context(explained())
            stack.enter_context(hold(self.api.coursedir.db_url))
            assess(self.gradebook, self.assignment, self.api.config)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *error) -> None:
        self.stack.__exit__(*error)

    def read(self, student: str | None = None) -> dict[str, Submission]:
        """Return what the gradebook holds of all, or of one student; ValueError if it fails."""
        try:
            with explained():
                return read_gradebook(self.gradebook, self.assignment, student)
        finally:
            self.gradebook.db.remove()  # the next look is a fresh one

    def is_recorded(self, work: Work, held: Submission | None) -> bool:
        """Say whether the ledger has this very result and the gradebook, too."""
        entry = self.ledger.read(work.student)
        same = entry.key == work.key and work.look in entry.reason
        return same and entry.marks == (held.autos if held else {})

    def record(self, work: Work, result: Result | Trouble, seconds: float | None = None) -> Entry:
        """Bring gradebook, folders and ledger to a result, new if it took seconds; return it.

        Whatever fails on this machine changes none of them; the entry that is returned says why.
        """
        try:
            if isinstance(result, Trouble):
                return self._postpone(work, result.why)
            if seconds is not None:
                result.write(self.store.path(work.key))
            return self._record(work, result, seconds)
        except Exception as error:  # whatever it is, the others are still to be recorded
            self.gradebook.db.remove()
            text = " ".join(str(error).split())[:300]
            return self._postpone(work, f"not recorded, {type(error).__name__}: {text}")

    def _record(self, work: Work, result: Result, seconds: float | None) -> Entry:
        """Record a result or raise; then all is as it was."""
        earlier, held = self.ledger.read(work.student), self.read(work.student).get(work.student)
        entry = Entry(submission=work.submission, checks=self.checks, seconds=seconds)
        entry.key, entry.log = work.key, [*work.log, *result.log]
        entry.reason = "; ".join(filter(None, [work.look, result.reason]))
        time = _time_of(work.folder) if self.shared else None
        now = datetime.now(UTC).replace(tzinfo=None)  # a time to come never wins
        if held and held.timestamp and time and time < held.timestamp < now:
            when = f"{held.timestamp:%Y-%m-%d %H:%M:%S} UTC"
            entry.status, entry.marks = "unchanged", held.autos
            entry.reason = f"the gradebook holds a newer submission, of {when}: collect it here"
            self.ledger.write(work.student, entry)
            return entry
        before = earlier.before  # of a run that ended while it recorded
        before = _remember(held) if before is None else before
        with self._undoing(work.student, earlier, held):
            self.ledger.write(work.student, replace(earlier, key="", before=before))
            if result.notebook is None:
                self._refuse(work, entry, earlier, before)
            else:
                self._autograde(work, result.notebook, result.marks, entry)
                self._accept(work, result.notebook, entry, earlier, before)
            self.ledger.write(work.student, entry)
        return entry

    def _postpone(self, work: Work, why: str) -> Entry:
        """Leave everything as it is recorded; return what the report is to say this time."""
        entry, reason = self.ledger.read(work.student), f"could not be graded this time: {why}"
        with contextlib.suppress(OSError, ValueError):
            if entry.before is None and self.read(work.student):
                reason += "; the marks that were given before stand"
                return replace(entry, status="unchanged", reason=reason, postponed=True)
        if entry.status == "ungraded" and not entry.postponed:
            return replace(entry, reason=f"{reason}; before: {entry.reason}", postponed=True)
        entry = replace(entry, status="ungraded", reason=reason, postponed=True)
        if not entry.before:
            with contextlib.suppress(OSError, SQLAlchemyError):
                self.ledger.write(work.student, entry)  # and in the gradebook, for an export
                self.gradebook.update_or_create_student(work.student)
        return entry

    @contextlib.contextmanager
    def _undoing(self, student: str, earlier: Entry, held: Submission | None) -> Iterator[None]:
        """Put gradebook, folders and ledger back if the block fails.

        Where that fails, too, the ledger still says that recording has begun, and what was before.
        """
        autograded = self._path(self.api.coursedir.autograded_directory, student)
        try:
            with replacing(autograded), replacing(self._path(REPAIRED, student)):
                yield
        except Exception:
            self.gradebook.db.remove()
            if held is None:
                with contextlib.suppress(MissingEntry):
                    self.gradebook.remove_submission(self.assignment, student)
            else:
                restore(self.gradebook, self.assignment, student, held)
            self.ledger.write(student, earlier)
            raise

    def _autograde(
        self, work: Work, notebook: NotebookNode, marks: dict[str, float | None], entry: Entry
    ) -> None:
        """Let nbgrader record a result; raise OSError if it does not."""
        folder = self._path(REPAIRED, work.student)
        for cell in (cells := [dict(cell) for cell in notebook["cells"]]):
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        text = json.dumps({**notebook, "cells": cells})
        write_file(folder / f"{self.assignment}.ipynb", text.encode())
        with contextlib.suppress(FileNotFoundError):
            time = (work.folder / "timestamp.txt").read_bytes()
            try:
                utils.parse_utc(time.decode().strip())
                write_file(folder / "timestamp.txt", time)
            except ValueError:
                entry.log.append("timestamp.txt holds no time, so nothing says whether it is late")
        self.api.config.JailedExecute.result = str(self.store.path(work.key))
        for _ in range(TRIES):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # nbgrader's SQL warns of what does no harm
                answer = self.api.autograde(self.assignment, work.student)
            held = self.read(work.student).get(work.student)
            entry.marks = held.autos if held else {}
            given = {name: entry.marks.get(name) for name in marks}
            if answer["success"] and given == marks:
                return
        error = answer.get("error", "").strip()
        if "OperationalError" in error:
            lost = "its server did not answer" if self.shared else "another process keeps it locked"
            raise OSError(f"the gradebook cannot be written: {lost}")
        why = error.splitlines()[-1] if error else f"{given} in place of {marks}"
        raise OSError(f"nbgrader did not record it: {why}")

    def _accept(
        self, work: Work, notebook: NotebookNode, entry: Entry, earlier: Entry, before: dict
    ) -> None:
        """Say in the entry what a recorded result changed."""
        same = earlier.submission == work.submission
        entry.failures = causes.read(notebook, entry.marks)
        entry.status = "regraded" if before and same else "graded"
        looks = [entry.reason] if entry.reason else []
        looks += [line for line in earlier.lost if line.startswith("manual")]  # to be given again
        settled = []
        for name, new in entry.marks.items():
            old, manual, waiting = before.get(name, (None, None, True))
            changed = earlier.checks.get(name) != self.checks.get(name)
            if None not in (old, new) and old != new:
                if not earlier.submission:
                    why = "the earlier mark did not come from `dlcourse grade`"
                elif not same:
                    why = "another notebook was handed in"
                elif changed:
                    why = f"the check of {part_of(name)} was changed in this version"
                else:
                    why = "not its own check but other code, files or packages were changed"
                failure = entry.failures.get(name, {})
                said = failure.get("cause") or failure.get("got")
                why += f"; it says: {said}" if said else ""
                entry.moved.append({"part": part_of(name), "old": old, "new": new, "why": why})
            if manual is not None:
                if same and not changed and old == new and not waiting:
                    settled.append(name)  # nothing that its marker saw is different
                else:
                    looks.append(
                        f"the manual mark of {part_of(name)} ({manual:g}) stays: look at it"
                    )
        entry.reason = "; ".join(looks)
        for name in settled:  # nbgrader asks for a second look at every manual mark
            cell = (name, self.assignment, self.assignment, work.student)
            self.gradebook.find_grade(*cell).needs_manual_grade = False
        self.gradebook.db.commit()

    def _refuse(self, work: Work, entry: Entry, earlier: Entry, before: dict) -> None:
        """Clear what an earlier submission earned, and say so: these marks are not this one's."""
        if before and not any(work.folder.iterdir()):
            raise OSError(f"{work.folder} is empty: collect again")  # which no upload can be
        entry.status, entry.marks = "ungraded", {}
        kinds = {"automatic": 0, "manual": 1}
        given = {
            kind: [f"{part_of(n)} {m[i]:g}" for n, m in before.items() if m[i] is not None]
            for kind, i in kinds.items()
        }
        lost = [f"{kind} marks cleared: {', '.join(g)}" for kind, g in given.items() if g]
        entry.lost = lost or (earlier.lost if earlier.status == "ungraded" else [])
        entry.reason = "; ".join([entry.reason, *entry.lost])
        self.ledger.write(work.student, replace(entry, key="", before=before))
        self.gradebook.update_or_create_student(work.student)  # so that an export names them
        with contextlib.suppress(MissingEntry):
            self.gradebook.remove_submission(self.assignment, work.student)

    def _path(self, step: str, student: str) -> Path:
        return Path(self.api.coursedir.format_path(step, student, self.assignment))


def _remember(held: Submission | None) -> dict[str, tuple]:
    marks = held.marks.items() if held else ()
    return {name: (mark.auto, mark.manual, mark.waiting) for name, mark in marks}


def _time_of(folder: Path) -> datetime | None:
    """Return when a submission was handed in, in UTC; None if nothing says so."""
    with contextlib.suppress(OSError, ValueError):
        return utils.parse_utc((folder / "timestamp.txt").read_text().strip())
    return None


def _points(cell: dict) -> float:
    return float(cell["metadata"]["nbgrader"]["points"])


def _identify(cell: dict) -> str:
    source = cell["source"] if cell["cell_type"] == "code" else ""
    return digest(f"{_points(cell)} {source}".encode())
