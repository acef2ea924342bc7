"""Grade a large simulated class, kill the grader and a worker meanwhile, and hold every mark."""

import argparse
import contextlib
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from subprocess import DEVNULL, Popen
from types import SimpleNamespace

import psutil
from nbgrader.api import Gradebook

sys.path.append(str(Path(__file__).parents[1] / "tests/grading/classes"))

import simulate_class
import torch4

DLCOURSE = str(Path(sys.executable).with_name("dlcourse"))
SETTINGS = "c.JailedExecute.timeout = 3  # seconds: one submission in ten never ends\n"
FLAT = 1.25  # memory at the end over that in the middle, at the most
TICK = 0.5  # seconds


def hand_in(root: Path, count: int) -> dict[str, dict[str, float]]:
    """Hand in `count` submissions of the simulated class's ten kinds; return the marks to come."""
    released = torch4.make_course(root, SETTINGS)
    assignment = SimpleNamespace(
        right=torch4.RIGHT, wrong=torch4.WRONG, parts=list(torch4.RIGHT), points=torch4.POINTS
    )
    kinds = list(simulate_class.make_class(assignment).items())
    expected = {}
    for number in range(count):
        kind, (answers, earning) = kinds[number % len(kinds)]
        nb = torch4.fill(released, answers)
        nb.cells[0].source += f"\n\nSubmission {number}"  # so that no two are alike
        student = f"{kind}_{number:04}"
        torch4.hand_in(root, student, nb)
        expected[student] = {p: m * (p in earning) for p, m in torch4.POINTS.items()}
    return expected


class Grader:
    """A running `dlcourse grade` and the memory of its processes over time."""

    def __init__(self, root: Path, jobs: int) -> None:
        command = [DLCOURSE, "grade", torch4.NAME, "--jobs", str(jobs)]
        self.log = (root / "soak.log").open("a")
        self.process = Popen(command, cwd=root, stdout=self.log, stderr=self.log, stdin=DEVNULL)
        self.ledger = root / "grading/ledger" / torch4.NAME
        self.memory: dict[str, list[float]] = defaultdict(list)  # MB

    def wait(self, done: int | None = None) -> int | None:
        """Wait until that many submissions are recorded, or to the end; return the exit code."""
        while self.process.poll() is None and (done is None or self.recorded() < done):
            self.sample()
            time.sleep(TICK)
        return self.process.poll()

    def recorded(self) -> int:
        """Count the submissions that are done."""
        return len(list(self.ledger.glob("*.json")))

    def sample(self) -> None:
        """Note the memory of the grader and of the largest of each kind of its processes."""
        largest: Counter[str] = Counter()
        for name, process in self.family():
            with contextlib.suppress(psutil.Error):
                largest[name] = max(largest[name], process.memory_info().rss / 2**20)
        for name, size in largest.items():
            self.memory[name].append(size)

    def family(self) -> list[tuple[str, psutil.Process]]:
        """Return (kind, process): the grader, its workers and what these have pre-forked."""
        found = []
        with contextlib.suppress(psutil.Error):
            grader = psutil.Process(self.process.pid)
            found.append(("grader", grader))
            for process in grader.children(recursive=True):
                with contextlib.suppress(psutil.Error):  # rooms come and go
                    worker = process.parent()
                    if _is_warm(process) and not _is_warm(worker):
                        found += [("worker", worker), ("pre-forked parent", process)]
        return found


def _is_warm(process: psutil.Process) -> bool:
    """Say whether a process is a pre-forked parent or was forked from one."""
    return "dlcourse.grading.rooms.inside.prefork" in process.cmdline()


def soak(root: Path, count: int, jobs: int) -> list[str]:
    """Grade a class of `count`, with two accidents; return what went wrong."""
    expected = hand_in(root, count)
    begun = time.monotonic()

    grader = Grader(root, jobs)
    if grader.wait(count // 3) is not None:
        return [f"the grader ended early: {(root / 'soak.log').read_text()[-2000:]}"]
    family = grader.family()
    grader.process.kill()
    grader.process.wait()
    print(f"grader killed after {grader.recorded()} submissions", flush=True)
    _, left = psutil.wait_procs([process for _, process in family], timeout=30)
    trouble = [f"process {process.pid} outlived its grader" for process in left]

    grader = Grader(root, jobs)
    grader.wait(2 * count // 3)
    workers = [process for name, process in grader.family() if name == "worker"]
    if workers:
        workers[0].kill()
        print(f"worker killed after {grader.recorded()} submissions", flush=True)
    else:
        trouble.append("no worker was there to be killed")
    code = grader.wait()
    seconds = time.monotonic() - begun
    print(f"{count} submissions in {seconds:.0f} s, {60 * count / seconds:.0f} a minute")

    trouble += [f"the grader ended with {code}"] if code else []
    return trouble + compare(root, expected) + tell_memory(grader.memory)


def compare(root: Path, expected: dict[str, dict[str, float]]) -> list[str]:
    """Return where the gradebook is not as it must be."""
    marks = torch4.read_marks(root)
    trouble = [
        f"{student}: {marks.get(student)} in place of {wanted}"
        for student, wanted in expected.items()
        if marks.get(student) != wanted
    ]
    with Gradebook(f"sqlite:///{root}/grading/gradebook.db") as gradebook:
        found = Counter(s.student.id for s in gradebook.assignment_submissions(torch4.NAME))
    trouble += [f"{student} has {n} submissions" for student, n in found.items() if n != 1]
    trouble += [f"{student} has no submission" for student in expected.keys() - found.keys()]
    print(f"{len(expected) - len(trouble)} of {len(expected)} students have their marks")
    return trouble


def tell_memory(memory: dict[str, list[float]]) -> list[str]:
    """Print the memory of each kind of process over time; return which grew."""
    trouble = []
    for name, sizes in memory.items():
        tenths = [sizes[len(sizes) * i // 10] for i in range(10)] + [sizes[-1]]
        print(f"{name}, MB over time: {' '.join(f'{size:.0f}' for size in tenths)}")
        if max(sizes[-len(sizes) // 5 :]) > FLAT * max(
            sizes[len(sizes) // 5 : len(sizes) // 2 + 1]
        ):
            trouble.append(f"the memory of the {name} grows")
    return trouble


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=500, metavar="N")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    arguments = parser.parse_args()
    if arguments.students < 10 or arguments.jobs < 1:
        print("soak: at least ten students and one process", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        trouble = soak(Path(scratch) / "course", arguments.students, arguments.jobs)
    print("\n".join(trouble[:20]) or "all is well")
    return bool(trouble)


if __name__ == "__main__":
    sys.exit(main())
