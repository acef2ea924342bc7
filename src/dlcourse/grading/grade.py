"""Grade a whole class: workers compute, one writer records with nbgrader, a report tells of it."""

import contextlib
import os
import signal
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from tqdm import tqdm

from dlcourse.files import digest
from dlcourse.grading import unit
from dlcourse.grading.autograde import JailedExecute
from dlcourse.grading.intake import upload as intake
from dlcourse.grading.intake.notebook import Unreadable
from dlcourse.grading.records.course import find_folders, open_course
from dlcourse.grading.records.ledger import Entry
from dlcourse.grading.records.recording import Recorder, Work
from dlcourse.grading.report import page
from dlcourse.grading.report.rows import Row
from dlcourse.grading.unit import Bundle, Result, Trouble
from dlcourse.grading.workers import Crew, Job
from dlcourse.runtime import CourseError, installation

if TYPE_CHECKING:
    from dlcourse.grading.cluster import Cluster

NEWS = 30.0  # seconds between two lines of progress where there is no terminal


def run(
    root: Path,
    assignment: str,
    *,
    jobs: int | None = None,
    dask: str | None = None,
    students: Sequence[str] = (),
    unsafe: bool = False,
    again: bool = False,
    compute: Callable = unit.grade,
) -> tuple[list[str], list[str]]:
    """Grade what was handed in of an assignment in `jobs` processes.

    Return lines about it, and whom this machine could not grade this time.

    With `dask`, a scheduler's address, its workers do it. Without `students`, all are graded;
    `again` computes also what is stored already. Raises ValueError in one line, before anything is
    written, if that cannot be done; and when it was stopped (Ctrl-C or SIGTERM): then the next run
    goes on.
    """
    if dask is not None and jobs is not None:
        raise ValueError("--jobs is for this machine, --dask for others: give one of them")
    jobs = jobs if jobs is not None else _cores()
    if jobs < 1:
        raise ValueError(f"--jobs {jobs}: at least one process must work")
    root = root.resolve()
    api = open_course(root)
    bundle = Bundle.load(api.coursedir, assignment, JailedExecute(config=api.config).make_limits())
    folders = find_folders(api, assignment)
    unknown = sorted(set(students) - set(folders))
    if unknown:
        raise ValueError(f"nothing of {assignment} was handed in by {', '.join(unknown)}")
    with _only_one(root), _stop_on_signals() as stop, Recorder(api, root, bundle) as recorder:
        batch = Batch(recorder, folders)
        chosen = sorted(set(students)) or list(folders)
        with _hire(min(jobs, len(chosen)), dask, bundle, compute, unsafe) as crew:
            batch.work(crew, chosen, again, stop)
        if stop.is_set():
            done = f"{len(batch.news)} of {len(chosen)} submissions are done"
            raise CourseError(f"stopped: {done}; the same command goes on from there")
        postponed = sorted(batch.postponed)
        return page.write(root, assignment, batch.rows(), postponed), postponed


class Batch:
    """The submissions of one run, from their folders to the gradebook."""

    def __init__(self, recorder: Recorder, folders: dict[str, Path]):
        self.recorder, self.folders = recorder, folders
        self.news: dict[str, str] = {}  # {student: status} of whom this run is done with
        self.postponed: dict[str, Entry] = {}  # whom this run could not grade
        # To be recorded when there is time.
        self.due: deque[tuple[Work, Result | Trouble | None]] = deque()
        self.begun: dict[str, Work] = {}  # given to a worker

    def work(
        self, crew: "Crew | Cluster", students: Sequence[str], again: bool, stop: threading.Event
    ) -> None:
        """Grade and record until all is done or `stop` is set."""
        with Progress(len(students)) as progress:
            for outcome in crew.run(self._pull(students, again), stop):
                if outcome is not None:
                    self._record(self.begun.pop(outcome.student), outcome.result, outcome.seconds)
                else:
                    self._record_due()
                progress.show(self.news)
            while self.due and not stop.is_set():
                self._record_due()
                progress.show(self.news)

    def _pull(self, students: Sequence[str], again: bool) -> Iterator[Job]:
        """Give what must be computed; what needs no worker is due, or done already."""
        known, bundle = self.recorder.read(), self.recorder.bundle
        for student in students:
            folder = self.folders[student]
            try:
                upload = intake.find(folder, bundle.assignment, bundle.notebook)
            except Unreadable as error:
                self.due.append((Work(student, folder), Result(None, {}, [], str(error))))
                continue
            except (OSError, MemoryError) as error:
                self.due.append((Work(student, folder), Trouble(f"it cannot be read: {error}")))
                continue
            key = bundle.key(upload.data)
            log = tuple(upload.log)
            work = Work(student, folder, key, digest(upload.data), log, upload.look)
            if not again and self.recorder.is_recorded(work, known.get(student)):
                self.news[student] = "unchanged"
            elif not again and self.recorder.store.find(key):
                self.due.append((work, None))  # not the result: there may be many
            else:
                self.begun[student] = work
                yield student, upload.data

    def _record_due(self) -> None:
        """Record one submission that needed no worker."""
        if self.due:
            work, result = self.due.popleft()
            result = result or self.recorder.store.find(work.key)
            self._record(work, result or Trouble("its stored result cannot be read"))

    def _record(self, work: Work, result: Result | Trouble, seconds: float | None = None) -> None:
        entry = self.recorder.record(work, result, seconds and round(seconds, 2))
        self.news[work.student] = entry.status
        if entry.postponed:
            self.postponed[work.student] = entry

    def rows(self) -> list[Row]:
        """Return a row for everybody who handed in, whether or not this run was about them."""
        known, points = self.recorder.read(), self.recorder.points
        rows = []
        for student in self.folders:
            entry = self.postponed.get(student) or self.recorder.ledger.read(student)
            status = self.news.get(student)
            if entry.status == "ungraded":
                status = "ungraded"
            elif status is None:
                status = "unchanged" if entry.key else "not graded yet"
            rows.append(Row.make(student, status, entry, known.get(student), points))
        return rows


class Progress:
    """How far a batch is: a bar in a terminal, elsewhere a line now and then."""

    def __init__(self, total: int):
        self.total, self.begun, self.told = total, time.monotonic(), time.monotonic()

    def __enter__(self) -> "Progress":
        self.bar = tqdm(total=self.total, unit="", disable=not sys.stderr.isatty())
        return self

    def __exit__(self, *_) -> None:
        self.bar.close()

    def show(self, news: dict[str, str]) -> None:
        """Show {student: status} of those who are done."""
        counts = Counter(news.values())
        same, look = counts["unchanged"], counts["ungraded"]
        text = f"{len(news) - same - look} graded, {same} unchanged, {look} to look at"
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update(len(news) - self.bar.n)
        now = time.monotonic()
        if self.bar.disable and now - self.told > NEWS:
            self.told = now
            left = tqdm.format_interval(
                (now - self.begun) / max(1, len(news)) * (self.total - len(news))
            )
            print(f"{len(news)} of {self.total}: {text}; about {left} left", file=sys.stderr)


def _hire(jobs: int, dask: str | None, *setup) -> "Crew | Cluster":
    """Return the workers, here or elsewhere."""
    if dask is None:
        return Crew(jobs, *setup)
    try:
        from dlcourse.grading.cluster import Cluster
    except ImportError as error:
        raise ValueError(f"--dask needs {error.name}: {installation('dask')}") from None
    return Cluster(dask, *setup)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def _only_one(root: Path) -> Iterator[None]:
    """Hold the course's lock, which ends with the process however that ends."""
    try:
        with FileLock(root / "grading/.grade.lock", timeout=0):
            yield
    except Timeout:
        raise ValueError("another `dlcourse grade` is at work in this course") from None


@contextlib.contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    """Set an event on Ctrl-C and SIGTERM; nothing is interrupted, since nbgrader would go on."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    earlier = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, earlier):
            signal.signal(number, handler)
