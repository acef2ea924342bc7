"""Time `dlcourse grade` against `nbgrader autograde` on the same honest work; marks must be equal.

`--dask` adds two workers of a dask scheduler on this machine, against two processes without it.

CPU seconds are the whole machine's, so let nothing else run.
"""

import argparse
import contextlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from distributed import Client
from nbformat import NotebookNode

sys.path.append(str(Path(__file__).parents[2] / "tests/grading/classes"))

import torch4

from dlcourse.homework.sheet import CHECK_SUFFIX

TARGETS = {2: 7.0, 1: 4.0}  # {jobs: times as fast as nbgrader}
TARGET_CPU = 1.3  # CPU seconds a submission beyond the student's own
DLCOURSE = str(Path(sys.executable).with_name("dlcourse"))


@dataclass(frozen=True)
class Run:
    """One grading of the whole class."""

    name: str
    students: int
    seconds: float
    cpu: float  # seconds
    marks: dict

    @property
    def rate(self) -> float:
        """Submissions a minute."""
        return 60 * self.students / self.seconds


def grade(name: str, root: Path, command: list[str], students: int) -> Run:
    """Run a command that grades a course and measure it."""
    used, begun = _cpu(), time.perf_counter()
    torch4.run(root, command)
    seconds, cpu = time.perf_counter() - begun, _cpu() - used
    return Run(name, students, seconds, cpu, torch4.read_marks(root))


def _cpu() -> float:
    """Return the CPU seconds this machine has spent: some of grading's processes are not ours."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)


def measure_own(notebooks: list[NotebookNode]) -> float:
    """Return the CPU seconds that the students' cells and their checks take in one warm process."""
    complete = {cell.id: cell.source for cell in torch4.source().cells}
    cells = [
        [
            complete[c.id] if c.id.endswith(CHECK_SUFFIX) else c.source
            for c in nb.cells
            if c.cell_type == "code"
        ]
        for nb in notebooks
    ]
    code = "\n".join(
        [
            "import json, sys, time",
            "def run(cells):",
            "    names = {'__name__': '__main__'}",
            "    for cell in cells:",
            "        try: exec(cell, names)",
            "        except Exception: pass",
            "students = json.load(sys.stdin)",
            "run(students[0])  # warm",
            "begun = time.process_time()",
            "for cells in students: run(cells)",
            "print(time.process_time() - begun)",
        ]
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(cells),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=32, metavar="N")
    parser.add_argument("--peer", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--dask", action="store_true", help="also on two dask workers")
    arguments = parser.parse_args()
    count = arguments.students
    if count < 1:
        print("bench_grading: --students: at least one", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stderr(io.StringIO()):
        return bench(Path(scratch), count, arguments.peer, arguments.dask)


def bench(scratch: Path, count: int, peer: bool, dask: bool) -> int:
    """Grade `count` students in every way and print what it took; 1 if marks differ, else 0."""
    stock, course = scratch / "stock", scratch / "course"
    released = torch4.make_course(course)
    notebooks, expected = [], {}
    for number in range(count):
        answers, marks = torch4.honest(number)
        notebooks.append(torch4.fill(released, answers))
        expected[f"student{number:03}"] = marks
    roots = {way: scratch / f"jobs{way}" for way in [*TARGETS, *(["dask"] if dask else [])]}
    for root in roots.values():
        shutil.copytree(course, root)
    if peer:
        torch4.make_course(stock, stock=True)
    for root in [*roots.values(), *([stock] if peer else [])]:
        for student, nb in zip(expected, notebooks):
            torch4.hand_in(root, student, nb)
    own = measure_own(notebooks) / count

    print(f"{count} submissions; of its own a student's code and its checks take {own:.2f} CPU s")
    runs = {}
    if peer:
        command = [sys.executable, "-m", "nbgrader", "autograde", torch4.NAME]
        show(run := grade("nbgrader autograde", stock, command, count))
        runs[None] = run
    for way, root in roots.items():
        command = [DLCOURSE, "grade", torch4.NAME]
        if way == "dask":
            with two_workers(scratch) as address:
                run = grade("dlcourse grade --dask", root, [*command, "--dask", address], count)
        else:
            run = grade(f"dlcourse grade --jobs {way}", root, [*command, f"--jobs={way}"], count)
        show(run)
        runs[way] = run
        if way == "dask":
            print(f"  {run.rate / runs[2].rate:.2f} times as fast as --jobs 2")
        elif peer:
            ratio, target = run.rate / runs[None].rate, TARGETS[way]
            print(f"  {ratio:.1f} times as fast; target {target:g}, {distance(ratio / target)}")
        beyond = run.cpu / count - own
        print(
            f"  {beyond:.2f} CPU s beyond the student's own; "
            f"target {TARGET_CPU:g}, {distance(TARGET_CPU / beyond)}"
        )
    wrong = [
        f"{run.name}: {student} has {run.marks.get(student)} in place of {marks}"
        for run in runs.values()
        for student, marks in expected.items()
        if run.marks.get(student) != marks
    ]
    print("\n".join(wrong) or "all marks are as they must be")
    return bool(wrong)


@contextlib.contextmanager
def two_workers(scratch: Path) -> Iterator[str]:
    """Run a dask scheduler and two workers; give its address once they are there."""
    facts, dask = scratch / "scheduler.json", [sys.executable, "-m", "dask"]
    common = [f"--scheduler-file={facts}", "--host=127.0.0.1", "--dashboard-address=127.0.0.1:0"]
    workers = ["worker", "--nworkers=2", "--nthreads=1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": scratch}
    with (
        subprocess.Popen([*dask, "scheduler", "--port=0", *common], **quiet) as scheduler,
        subprocess.Popen([*dask, *workers, *common], **quiet) as nannies,
    ):
        try:
            while not facts.exists():
                time.sleep(0.1)
            address = json.loads(facts.read_text())["address"]
            with Client(address) as client:
                client.wait_for_workers(2, 60)
            yield address
        finally:
            for process in (nannies, scheduler):
                process.terminate()
                process.wait()


def show(run: Run) -> None:
    cpu = run.cpu / run.students
    print(
        f"{run.name}: {run.rate:.1f} a minute, {cpu:.2f} CPU s each, {run.seconds:.1f} s in all",
        flush=True,
    )


def distance(ratio: float) -> str:
    return "met" if ratio >= 1 else f"missed by {100 * (1 - ratio):.0f} %"


if __name__ == "__main__":
    sys.exit(main())
