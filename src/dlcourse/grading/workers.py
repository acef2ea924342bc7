"""Worker processes that compute the unit of work, each in a pool of its own.

With one process a pool, the death of a process says whose submission was in it, and costs nobody
else anything. Workers write nothing: what they compute comes back to the one writer.
"""

import atexit
import contextlib
import functools
import multiprocessing
import multiprocessing.context
import os
import signal
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from types import SimpleNamespace

from dlcourse.grading.rooms import isolation
from dlcourse.grading.rooms.isolation import Isolation
from dlcourse.grading.unit import Bundle, Result, Trouble

AHEAD = 2  # submissions given to a worker, so that it never waits while the parent records
TRIES = 3
GRACE = 10.0  # seconds in which a worker may end its rooms before it is killed
START = 300.0  # seconds until a worker has imported everything and has its isolation
TICK = 0.5  # seconds between two looks at the clock
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has only the latter, which is as hard

Job = tuple[str, bytes]  # (student, submission)
_own = SimpleNamespace(isolation=None, refused=None, ending=False)  # a worker's


@dataclass(frozen=True)
class Outcome:
    """What became of one student's submission."""

    student: str
    result: Result | Trouble
    seconds: float | None = None


def attempt(
    compute: Callable, submission: bytes, bundle: Bundle, isolation: Isolation
) -> tuple[Result | str, float]:
    """Compute the unit of work and its seconds; its failure comes back as a line."""
    begun = time.monotonic()
    try:
        result = compute(submission, bundle, isolation)
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        result = f"grading it failed ({type(error).__name__}: {text})"
    return result, time.monotonic() - begun


@dataclass(eq=False)
class Worker:
    """One process and what it was given, the first of which it works at."""

    pool: ProcessPoolExecutor
    given: deque[tuple[Job | None, Future]] = field(default_factory=deque)
    pid: int | None = None  # known once it is ready
    since: float = field(default_factory=time.monotonic)  # when it began with the first


class Crew:
    """A number of workers; a context manager that leaves none of them behind."""

    def __init__(self, count: int, bundle: Bundle, compute: Callable, unsafe: bool):
        self.setup, limits = (bundle, compute, unsafe, dict(os.environ)), bundle.limits
        self.workers: list[Worker | None] = [None] * count
        self.bound = limits.total_seconds
        self.again: deque[Job] = deque()
        self.tries: Counter[str | None] = Counter()  # None counts starts that failed
        self.overdue: set[str] = set()

    def run(self, jobs: Iterator[Job], stop: threading.Event) -> Iterator[Outcome | None]:
        """Compute jobs until `stop` is set: outcomes as they come, None after a while without any.

        Nothing comes before a worker has its isolation. Raises ValueError if none can have it.
        """
        ready = False
        while not stop.is_set():
            self._fill(jobs)
            busy = [worker for worker in self.workers if worker and worker.given]
            if not busy and not self.again:
                return
            wait([worker.given[0][1] for worker in busy], TICK, FIRST_COMPLETED)
            for worker in busy:
                yield from self._collect(worker)
            ready = ready or any(worker.pid for worker in busy)
            if ready:
                yield None

    def _fill(self, jobs: Iterator[Job]) -> None:
        """Give every worker one submission, then a second; start workers as they are needed."""
        for depth in range(1, AHEAD + 1):
            for place, worker in enumerate(self.workers):
                if worker and sum(job is not None for job, _ in worker.given) >= depth:
                    continue
                job = self.again.popleft() if self.again else next(jobs, None)
                if job is None:
                    return
                if worker is None:
                    pool = ProcessPoolExecutor(1, _context(), _start, self.setup)
                    try:
                        ready = pool.submit(_ready)
                    except ConnectionError:  # what forks workers was killed; the next is started
                        self.again.appendleft(job)
                        return
                    worker = self.workers[place] = Worker(pool)
                    worker.given.append((None, ready))
                if not worker.given:
                    worker.since = time.monotonic()
                try:
                    worker.given.append((job, worker.pool.submit(_work, job[1])))
                except BrokenProcessPool:  # it died while it had nothing to do
                    self.again.appendleft(job)
                    self._replace(worker)

    def _collect(self, worker: Worker) -> Iterator[Outcome]:
        """Take what a worker has finished; see to it that it lives and is in time."""
        while worker.given and worker.given[0][1].done():
            job, future = worker.given.popleft()
            worker.since = time.monotonic()
            try:
                answer = future.result()
            except (BrokenProcessPool, SystemExit):  # the latter: it was told to end, by whomever
                self._replace(worker)
                yield from self._fail(job, "the process that graded it died")
            else:
                if job is None:
                    worker.pid = answer
                elif isinstance(answer[0], str):
                    yield from self._fail(job, answer[0])
                else:
                    yield Outcome(job[0], *answer)
        bound = self.bound if worker.pid else START
        if worker.given and time.monotonic() - worker.since > bound:
            if worker.pid is None:
                raise ValueError(f"no worker was ready within {bound:.0f} seconds")
            if job := worker.given[0][0]:
                self.overdue.add(job[0])
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, KILL)

    def _replace(self, worker: Worker) -> None:
        """Take back from a dead worker what it had not begun; the next job starts a new one."""
        self.again.extendleft(job for job, _ in reversed(worker.given) if job is not None)
        worker.given.clear()
        worker.pool.shutdown(wait=False)
        self.workers[self.workers.index(worker)] = None

    def _fail(self, job: Job | None, why: str) -> Iterator[Outcome]:
        student = job[0] if job else None
        self.tries[student] += 1
        if student and student in self.overdue:
            why = f"grading it did not end within {self.bound:.0f} seconds"
        elif self.tries[student] < TRIES:
            if job is not None:
                self.again.append(job)  # behind the others
            return
        elif student is None:
            raise ValueError(f"the workers cannot start: {TRIES} of them died at once")
        else:
            why = f"{why}, {TRIES} times"
        # Be it the submission's doing: nobody can tell that from a machine without memory.
        yield Outcome(student, Trouble(why))

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_) -> None:
        workers = [worker for worker in self.workers if worker]
        for worker in workers:
            worker.pool.shutdown(wait=False, cancel_futures=True)
        pids = [worker.pid for worker in workers if worker.given and worker.pid]
        _send(pids, signal.SIGTERM)
        if len(pids) < sum(bool(worker.given) for worker in workers):
            for child in multiprocessing.active_children():  # some had not even started
                child.kill()
        late = threading.Timer(GRACE, _send, (pids, KILL))
        late.start()
        for worker in workers:
            worker.pool.shutdown(wait=True)
        late.cancel()


def _send(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


@functools.cache
def _context() -> multiprocessing.context.BaseContext:
    """Return how workers begin: forked from a process that has imported this once, or afresh."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")  # Windows
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _start(bundle: Bundle, compute: Callable, unsafe: bool, environ: dict[str, str]) -> None:
    """Make a worker ready: Ctrl-C is the parent's, the parent's death is ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    _own.bundle, _own.compute = bundle, compute
    os.environ.update(environ)  # the process that this one was forked from may be older than it
    try:
        _own.isolation = isolation.choose(unsafe)
    except (OSError, ValueError) as error:  # an exception in here is printed as a traceback
        _own.refused = str(error)
    else:
        atexit.register(_own.isolation.close)
    threading.Thread(target=_follow, daemon=True).start()  # now: choose() may fork


def _end(*_) -> None:
    """Leave the unit of work, so that it ends its rooms on the way out."""
    _own.ending = True
    sys.exit(1)


def _follow() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)  # nobody is there to take the result


def _ready() -> int:
    if _own.refused:
        raise ValueError(_own.refused)
    return os.getpid()


def _work(submission: bytes) -> tuple[Result | str, float]:
    if _own.ending:
        sys.exit(1)
    return attempt(_own.compute, submission, _own.bundle, _own.isolation)
