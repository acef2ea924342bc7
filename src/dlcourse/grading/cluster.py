"""The unit of work on the workers of a dask scheduler, which are processes on any machines.

`Cluster` is to those what `workers.Crew` is to this machine's. Whoever reaches a scheduler can run
what he likes on all its machines, hence TLS; marks are kept under the code and packages that gave
them, hence a worker with others is refused.
"""

import asyncio
import atexit
import contextlib
import functools
import ipaddress
import logging
import os
import socket
import threading
import time
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import dask.config
from distributed import CancelledError, Client, Future, KilledWorker, Security, get_worker, wait
from distributed.comm.addressing import parse_address, parse_host_port
from distributed.comm.core import connect
from distributed.threadpoolexecutor import ThreadPoolExecutor
from distributed.utils import silence_logging_cmgr

from dlcourse.grading.rooms import isolation
from dlcourse.grading.rooms.isolation import Isolation
from dlcourse.grading.unit import Bundle, Result, Trouble, inventory
from dlcourse.grading.workers import (
    AHEAD,
    GRACE,
    START,
    TICK,
    TRIES,
    Job,
    Outcome,
    attempt,
)

CONNECT = 10.0  # seconds until a scheduler has answered
FIRST = 30.0  # seconds until its first worker is there
FETCH = 30.0  # seconds to bring one result here
QUIET = {"distributed.admin.large-graph-warning-threshold": "1GiB"}  # uploads may be large


class Overdue(Exception):
    """A submission took longer than all its limits together."""


@dataclass(frozen=True)
class Setup:
    """What is sent once, and to each worker once."""

    bundle: Bundle
    compute: Callable
    unsafe: bool
    inventory: tuple[str, ...]


class Cluster:
    """The workers of the scheduler at an address; a context manager that leaves no task behind."""

    def __init__(self, address: str, bundle: Bundle, compute: Callable, unsafe: bool):
        """Raise ValueError for an address that others could listen at."""
        self.address = check_address(address)
        self.setup = Setup(bundle, compute, unsafe, inventory())
        self.given: dict[Future, Job] = {}
        self.again: deque[Job] = deque()
        self.tries: Counter[str] = Counter()
        self.suspects: deque[Job] = deque()  # they were there when workers died
        self.tested: set[str] = set()  # suspects that were alone the second time
        self.seen = time.monotonic()  # when there was a worker

    client: Any  # its calls are typed as coroutines, too

    def __enter__(self) -> "Cluster":
        """Connect; raise ValueError if no scheduler answers."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(silence_logging_cmgr(logging.CRITICAL + 1))
            stack.enter_context(dask.config.set(QUIET))
            try:
                asyncio.run(asyncio.wait_for(_knock(self.address), CONNECT))
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of other versions: a worker says it better
                    client = Client(self.address, timeout=CONNECT)
            except (OSError, RuntimeError, TypeError, ValueError) as error:
                why = " ".join(str(error).split()) or f"silence for {CONNECT:.0f} seconds"
                raise ValueError(f"no dask scheduler answers at {self.address}: {why}") from None
            self.client = stack.enter_context(client)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_) -> None:
        self.stack.close()

    def run(self, jobs: Iterator[Job], stop: threading.Event) -> Iterator[Outcome | None]:
        """Compute jobs until `stop` is set: outcomes as they come, None after a while without any.

        Nothing comes before all workers that are there are fit. Raises ValueError if one is not, if
        there is none for long, or if the scheduler goes.
        """
        self.again.extend(islice(jobs, 1))  # without a job, no worker is needed
        if not self.again:
            return
        try:
            self._admit(stop)
            # A task, not scattered data: those would be lost with the last worker that holds them.
            self.shared = self.client.submit(_share, self.setup, pure=False)
            while not stop.is_set():
                self._fill(jobs)
                if not self.given:
                    return
                with contextlib.suppress(TimeoutError):
                    done: Any = wait([*self.given], TICK, "FIRST_COMPLETED")
                    for future in done.done:
                        yield from self._take(future)
                yield None
        except (CancelledError, OSError):
            raise ValueError(self._lost("the connection broke")) from None

    def _admit(self, stop: threading.Event) -> None:
        """Have every worker say, before the first submission, that it is fit."""
        end = time.monotonic() + FIRST
        while not (there := self._workers()) and not stop.wait(TICK):
            if time.monotonic() > end:
                raise ValueError(f"{self.address} has no worker: start `dask worker` on a machine")
        asked = {self.client.submit(admit, self.setup, workers=[a], pure=False): a for a in there}
        end = time.monotonic() + START
        while any(not f.done() and a in there for f, a in asked.items()) and not stop.wait(TICK):
            if time.monotonic() > end:
                raise ValueError(f"not all workers were ready within {START:.0f} seconds")
            there = self._workers()
        for future, address in asked.items():
            if future.status == "error":
                raise _refusal(future.exception(), address)

    def _workers(self) -> dict[str, int]:
        """Return the workers that are there now, with their threads."""
        if self.client.status != "running":
            raise ValueError(self._lost("it does not answer any more"))
        there = self.client.nthreads()
        if there:
            self.seen = time.monotonic()
        elif time.monotonic() - self.seen > START:
            raise ValueError(self._lost(f"it had no worker for {START:.0f} seconds"))
        return there

    def _lost(self, why: str) -> str:
        return f"lost the scheduler at {self.address}: {why}; the same command goes on from there"

    def _fill(self, jobs: Iterator[Job]) -> None:
        """Give two submissions for each worker, so that it never waits while the parent records."""
        for _ in range(AHEAD * len(self._workers()) - len(self.given)):
            job = self.again.popleft() if self.again else next(jobs, None)
            if job is None:
                break
            self._give(job)
        if self.suspects and not self.given:
            self._give(self.suspects.popleft())

    def _give(self, job: Job) -> None:
        self.given[self.client.submit(work, job[1], self.shared, pure=False)] = job

    def _take(self, future: Any) -> Iterator[Outcome]:
        """Take what has become of a submission, once."""
        if future.status == "error":
            student, _ = job = self.given.pop(future)
            error = future.exception()
            if isinstance(error, Overdue):
                yield Outcome(student, Trouble(str(error)))
            elif not isinstance(error, KilledWorker):
                raise _refusal(error)
            elif student in self.tested:
                times = f"{error.allowed_failures + 1} times"
                yield Outcome(student, Trouble(f"the process that graded it died, {times}"))
            else:  # dask blames all that a worker was given
                self.tested.add(student)
                self.suspects.append(job)
        else:
            result, seconds = future.result(FETCH)  # if the worker is gone, it is computed again
            student, _ = job = self.given.pop(future)
            if isinstance(result, Result):
                yield Outcome(student, result, seconds)
            elif self.tries[student] < TRIES - 1:
                self.tries[student] += 1
                self.again.append(job)  # behind the others
            else:
                yield Outcome(student, Trouble(f"{result}, {TRIES} times"))


def check_address(address: str) -> str:
    """Return an address of dask's; raise ValueError unless it has TLS or stays on this machine."""
    scheme, place = parse_address(address)
    host, _ = parse_host_port(place, 0)
    near = host == "localhost"
    with contextlib.suppress(ValueError):
        near = near or ipaddress.ip_address(host).is_loopback
    if scheme != "tls" and not (scheme == "tcp" and near):
        raise ValueError(
            f"--dask {address}: whoever reaches such a scheduler can run code on all its machines; "
            "use tls://, or tcp://localhost at the end of an SSH tunnel (INSTRUCTORS.md says how)"
        )
    return f"{scheme}://{place}"


async def _knock(address: str) -> None:
    """Connect and shake hands, as a Client does without an end where something else listens."""
    comm = await connect(address, **Security().get_connection_args("client"))
    await comm.close()


def _refusal(error: Exception, address: str = "") -> ValueError:
    """Say why a worker is not fit."""
    if isinstance(error, ValueError):
        return error  # from `admit`
    where = f"worker {address}" if address else "a worker"
    text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return ValueError(f"{where} cannot grade; has it, and the scheduler, this course? ({text})")


# What follows runs in the workers.


def _share(setup: Setup) -> Setup:
    return setup


def admit(setup: Setup) -> None:
    """Make a worker ready; raise ValueError, with its address, if it is not fit."""
    worker = get_worker()
    where = f"worker {worker.address} on {socket.gethostname()}"
    if worker.state.nthreads != 1:
        raise ValueError(f"{where} has {worker.state.nthreads} threads: give it --nthreads 1")
    others = sorted({item.split()[0] for item in set(setup.inventory) ^ set(inventory())})
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        raise ValueError(
            f"{where} differs from this machine in {', '.join(others[:3])}{more}: "
            "install the same there and start it again"
        )
    try:
        _thread().submit(_isolate, setup.unsafe).result()
    except (OSError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from None


def work(submission: bytes, setup: Setup) -> tuple[Result | str, float]:
    """Compute the unit of work as a local worker does; raise Overdue if it does not end."""
    admit(setup)  # it may have come late
    isolated = _isolate(setup.unsafe)
    future = _thread().submit(attempt, setup.compute, submission, setup.bundle, isolated)
    bound = setup.bundle.limits.total_seconds
    try:
        return future.result(bound)
    except TimeoutError:
        threading.Timer(GRACE, os._exit, [1]).start()  # its nanny starts another in its place
        raise Overdue(f"grading it did not end within {bound:.0f} seconds") from None


@functools.cache
def _thread() -> ThreadPoolExecutor:
    """Return the thread that opens rooms: they end with it, and dask's may end at any time."""
    return ThreadPoolExecutor(1)


@functools.cache
def _isolate(unsafe: bool) -> Isolation:
    made = isolation.choose(unsafe)
    atexit.register(made.close)
    return made
