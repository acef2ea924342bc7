"""Trouble of the grader's machine costs nobody a mark; the report and the exit status say it."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import fake_unit
import psutil
import pytest
from fake_unit import hand_in, mark_by_hand, read_by_hand, read_rows, run
from nbgrader.apps import NbGraderAPI

from dlcourse import cli
from dlcourse.grading import grade as grading
from dlcourse.grading.records import recording
from dlcourse.grading.rooms import session
from dlcourse.grading.rooms.isolation import choose
from dlcourse.grading.rooms.kernel import Kernel
from dlcourse.grading.rooms.limits import Limits
from dlcourse.grading.rooms.room import RoomError, count_kills

HERE = Path(__file__).parent
pytestmark = pytest.mark.timeout(600)
linux = pytest.mark.skipif(sys.platform != "linux", reason="asks for the kernel's own doing")
KEPT = ("autograded", "repaired", "feedback", "ledger", "submitted")
LIMITS = "c.JailedExecute.limits = {'notebook_seconds': 4, 'start_seconds': 1}\n"
RIGHT = {"double": 2, "square": 3, "why": 0}
NO_SPACE = "OSError(28, 'No space left on device')"
TROUBLES = {
    "full": (f"raise {NO_SPACE}", "No space left on device), 3 times"),
    "large": ("raise MemoryError", "MemoryError: ), 3 times"),
    "lost": ("os.kill(os.getpid(), 9)", "the process that graded it died, 3 times"),
    "slow": ("import time; time.sleep(1000)", "grading it did not end within 10 seconds"),
}


def recorded(root: Path) -> tuple[dict[str, bytes], list[str]]:
    """Return all files about students and the whole gradebook."""
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for name in KEPT
        for path in sorted((root / "grading" / name).rglob("*"))
        if path.is_file()
    }
    with contextlib.closing(sqlite3.connect(root / "grading/gradebook.db")) as database:
        return files, list(database.iterdump())


def fail_while(flag: Path, trouble: str) -> str:
    """Return a right answer that meets with trouble as long as there is a file."""
    return (
        f"import os\nif os.path.exists({str(flag)!r}):\n    {trouble}\n{fake_unit.RIGHT['double']}"
    )


@pytest.fixture
def course(released, tmp_path) -> Path:
    root = shutil.copytree(released, tmp_path / "course")
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(LIMITS)
    return root


def graded(root: Path, **doubles: str) -> None:
    """Have students graded, give them marks by hand and feedback."""
    for student, double in doubles.items():
        hand_in(root, student, double=double)
    assert "Nobody needs a look." in run(root)[2]
    for student in doubles:
        mark_by_hand(root, student, why=3, square_check=2.5)
        page = root / f"grading/feedback/{student}/tiny/tiny.html"
        page.parent.mkdir(parents=True)
        page.write_text("well done")


def test_what_is_recorded_stands_and_who_is_new_is_tried_again(course, loop, tmp_path):
    flag = tmp_path / "trouble"
    answers = {name: fail_while(flag, trouble) for name, (trouble, _) in TROUBLES.items()}
    graded(course, **answers)
    before = recorded(course)
    flag.touch()
    options = {"jobs": 2, "unsafe": True, "compute": fake_unit.compute, "again": True}
    lines, postponed = grading.run(course, "tiny", **options)
    assert postponed == sorted(TROUBLES)
    assert lines[2:] == [
        "To be looked at: full, large, lost, slow; the report says why.",
        "Could not be graded this time: full, large, lost, slow. Run the same command again.",
    ]
    for name, row in read_rows(course).items():
        assert (row["status"], row["score"]) == ("unchanged", 2 + 2.5 + 3)
        assert row["reason"].startswith("could not be graded this time: ")
        assert row["reason"].endswith(
            f"{TROUBLES[name][1]}; the marks that were given before stand"
        )
    assert recorded(course) == before

    hand_in(course, "new", double=answers["large"] + "  # mine")
    assert "5 students: 4 unchanged, 1 ungraded" in run(course)[0]
    assert read_rows(course)["new"]["score"] is None
    loop.run_nbgrader(course, "export", "--to=grading/grades.csv")
    new = loop.read_export(course)["new"]
    assert (new["score"], new["status"][:39]) == ("", "ungraded: could not be graded this time")
    flag.unlink()
    lines = run(course)
    assert "5 students: 1 graded, 4 unchanged" in lines[0]
    assert "Nobody needs a look." in lines[2]
    assert loop.read_marks(course, "tiny") == dict.fromkeys([*TROUBLES, "new"], RIGHT)
    assert all(read_by_hand(course, name)["why"] == (3, False) for name in TROUBLES)


@pytest.mark.parametrize("postponed, status", [([], 0), (["ada"], 1)])
def test_the_exit_status_says_it(monkeypatch, capsys, postponed, status):
    monkeypatch.setattr(grading, "run", lambda *args, **options: (["said"], postponed))
    assert cli.main(["grade", "tiny"]) == status
    assert capsys.readouterr().out == "said\n"


class Broken:
    """Ways in which recording may fail, each after other things were written."""

    @staticmethod
    def repaired(patch) -> None:
        write = recording.write_file

        def fail(path, data):
            if path.name == "tiny.ipynb":
                raise OSError(28, "No space left on device")
            write(path, data)

        patch.setattr(recording, "write_file", fail)

    @staticmethod
    def nbgrader(patch) -> None:
        answer = {"success": False, "error": "OSError: [Errno 28] No space left on device"}
        patch.setattr(NbGraderAPI, "autograde", lambda *_: answer)

    @staticmethod
    def marks(patch) -> None:
        def fail(*_):
            raise RuntimeError("after nbgrader")

        patch.setattr(recording.causes, "read", fail)

    @staticmethod
    def ledger(patch) -> None:
        write = recording.Ledger.write

        def fail(ledger, student, entry):
            if entry.key and entry.status == "graded" and entry.submission:
                patch.undo()
                raise OSError(5, "Input/output error")
            write(ledger, student, entry)

        patch.setattr(recording.Ledger, "write", fail)


def test_recording_that_fails_leaves_all_as_it_was(course, loop):
    graded(course, ada=fake_unit.RIGHT["double"])
    hand_in(course, "ada", square="def square(x):\n    return x + x")
    before = recorded(course)
    for way in (Broken.repaired, Broken.nbgrader, Broken.marks, Broken.ledger):
        with pytest.MonkeyPatch.context() as patch:
            way(patch)
            run(course)
        row = read_rows(course)["ada"]
        assert row["reason"].startswith("could not be graded this time: not recorded, ")
        assert (row["status"], row["score"]) == ("unchanged", 7.5)
        assert recorded(course) == before
    run(course)
    assert loop.read_marks(course, "tiny") == {"ada": RIGHT | {"square": 0}}
    assert read_by_hand(course, "ada")["why"][0] == 3


def test_an_upload_that_cannot_be_read_here_is_no_bad_upload(course, monkeypatch):
    graded(course, ada=fake_unit.RIGHT["double"])
    before = recorded(course)

    def fail(path, limit):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(grading.intake, "read_file", fail)
        run(course)
    assert "Input/output error; the marks that" in read_rows(course)["ada"]["reason"]
    folder = course / "grading/submitted/ada/tiny"
    folder.rename(course / "elsewhere")
    folder.mkdir()  # as a collection that was killed may leave it
    run(course)
    assert "is empty: collect again; the marks that" in read_rows(course)["ada"]["reason"]
    folder.rmdir()
    (course / "elsewhere").rename(folder)
    assert recorded(course) == before


def test_a_student_without_a_room_for_the_check_gets_no_zero(released, loop, monkeypatch):
    """The kernel ends in the first check; for the second there is no room."""
    root = released
    opened = []

    def open_once(*arguments):
        opened.append(arguments)
        if len(opened) > 1:
            raise OSError(28, "No space left on device")
        return Kernel(*arguments)

    monkeypatch.setattr(session, "Kernel", open_once)
    course = grading.open_course(root).coursedir
    bundle = grading.Bundle.load(course, "tiny")
    nb = fake_unit.copy.deepcopy(bundle.notebook)
    for cell in nb.cells:
        cell.source = (
            fake_unit.RIGHT | {"double": "def double(x):\n    import os; os._exit(1)"}
        ).get(cell.id, cell.source)
    with choose(unsafe=True) as plain, pytest.raises(OSError, match="No space left"):
        grading.unit.execute(nb, bundle, plain)


@linux
def test_nbgraders_own_command_keeps_marks_too(course):
    graded(course, ada=fake_unit.RIGHT["double"])
    marks = recorded(course)[1]
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("c.JailedExecute.limits = {'start_seconds': 0.0}\n")
    command = [sys.executable, "-m", "nbgrader", "autograde", "tiny", "--force"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True)
    assert done.returncode == 1
    assert "the room did not open" in done.stderr
    assert recorded(course)[1] == marks


@pytest.fixture
def group():
    """Make a memory cgroup of so many bytes."""
    made = []

    def make(size: int) -> Path:
        top = Path("/sys/fs/cgroup/memory")
        name = "memory.limit_in_bytes"
        if not top.exists():
            top, name = Path("/sys/fs/cgroup"), "memory.max"
        folder = top / f"dlcourse-test-{os.getpid()}-{len(made)}"
        try:
            folder.mkdir()
            made.append(folder)
            (folder / name).write_text(str(size))
        except OSError as error:
            pytest.skip(f"no memory cgroup can be made here: {error}")
        return folder / "cgroup.procs"

    yield make
    for folder in made:
        with contextlib.suppress(OSError):
            folder.rmdir()


@linux
def test_a_worker_killed_for_want_of_memory_costs_no_mark(course, group, tmp_path):
    """By the kernel itself, three times; the notebook is the one that was graded before."""
    flag, procs = tmp_path / "trouble", group(700 << 20)
    graded(course, ada=fail_while(flag, "x = b'1' * (3 << 30)"))
    before, kills = recorded(course), count_kills()
    flag.touch()
    command = f"echo $$ > {procs}; exec {sys.executable} {HERE}/fake_unit.py {course} 1 again"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert count_kills() >= kills + 3
    assert "Could not be graded this time: ada" in done.stdout
    assert "the process that graded it died, 3 times" in read_rows(course)["ada"]["reason"]
    assert recorded(course) == before


@linux
def test_a_student_killed_for_want_of_memory_is_not_at_fault(group):
    others = psutil.Process().children()
    with choose() as isolation:
        kernel = Kernel(isolation, Limits(), {})
        try:
            procs = group(300 << 20)
            [parent] = set(psutil.Process().children()) - set(others)
            for process in parent.children(recursive=True):
                procs.write_text(str(process.pid))
            with pytest.raises(RoomError, match="no memory left"):
                kernel.execute("x = b'1' * (600 << 20)", 60)
        finally:
            kernel.close()


@pytest.fixture
def small(tmp_path):
    """A disk of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    try:
        subprocess.run(mounted, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@linux
def test_a_full_disk_costs_no_mark(course, small, loop):
    """However much is left on it, so that recording stops at any point."""
    graded(course, ada=fake_unit.RIGHT["double"])
    root = shutil.copytree(course, small / "course")
    by_hand, failed = read_by_hand(root, "ada"), 0
    for left in (0, 8, 20, 40, 80, 120):  # kB
        hand_in(root, f"new{left}")
        before = recorded(root)[0]
        disk, filler = os.statvfs(small), small / "filler"
        filler.write_bytes(bytes(disk.f_bavail * disk.f_frsize - (left << 10)))
        try:
            postponed = grading.run(
                root, "tiny", jobs=1, unsafe=True, again=True, compute=fake_unit.compute
            )[1]
        except (OSError, ValueError):  # nothing was begun, or there is no place for the report
            postponed = None
        filler.unlink()
        failed += postponed != []
        if postponed and "ada" in postponed:
            after = recorded(root)[0]
            assert all(after[name] == data for name, data in before.items() if "/ada" in name)
        assert json.loads((root / "grading/autograded/ada/tiny/tiny.ipynb").read_text())["cells"]
        assert loop.read_marks(root, "tiny")["ada"] == RIGHT
        assert read_by_hand(root, "ada") == by_hand
    assert failed
    run(root)
    assert set(loop.read_marks(root, "tiny")) == {
        "ada",
        *(f"new{n}" for n in (0, 8, 20, 40, 80, 120)),
    }
    assert read_by_hand(root, "ada") == by_hand
