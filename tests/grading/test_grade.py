import csv
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import fake_unit
import psutil
import pytest
from fake_unit import hand_in, mark_by_hand, read_by_hand, read_rows, run

from dlcourse import cli
from dlcourse.grading.records import recording
from dlcourse.grading.records.ledger import open_ledger

HERE = Path(__file__).parent

pytestmark = pytest.mark.timeout(600)

CONFIG = """
c.JailedExecute.limits = {"notebook_seconds": 4, "start_seconds": 1}
"""
RIGHT = {"double": 2, "square": 3, "why": 0}
HALF = {"double": 2, "square": 0, "why": 0}
WRONG_SQUARE = "def square(x):\n    return x + x"


@pytest.fixture
def course(released, tmp_path):
    root = shutil.copytree(released, tmp_path / "course")
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(CONFIG)
    return root


def statuses(root: Path) -> dict[str, str]:
    return {student: row["status"] for student, row in read_rows(root).items()}


def count_runs(trace: Path) -> dict[str, int]:
    """Count how often each answer was run that leaves a line in a file."""
    lines = trace.read_text().split() if trace.exists() else []
    return {name: lines.count(name) for name in lines}


def test_where_two_notebooks_are_answered_the_report_names_them_until_one_is_gone(course):
    hand_in(course, "ada", double="def double(x):\n    return 7")
    hand_in(course, "bob")
    for student in ("ada", "bob"):
        folder = course / f"grading/submitted/{student}/tiny"
        shutil.copy(folder / "tiny.ipynb", folder / "final.ipynb")
    untouched = course / "assignments/tiny/tiny.ipynb"
    shutil.copy(untouched, course / "grading/submitted/bob/tiny")
    run(course)
    rows = read_rows(course)
    assert (rows["bob"]["score"], rows["bob"]["reason"]) == (5, "")
    assert rows["bob"]["log"][0] == "taken for tiny.ipynb: final.ipynb"
    assert rows["ada"]["reason"] == ""
    hand_in(course, "cy", double="def double(x):\n    return 7")
    folder = course / "grading/submitted/ada/tiny"
    shutil.copy(course / "grading/submitted/cy/tiny/tiny.ipynb", folder / "tiny.ipynb")
    shutil.copy(course / "grading/submitted/bob/tiny/final.ipynb", folder / "final.ipynb")
    assert run(course)[2] == "To be looked at: ada; the report says why."
    row = read_rows(course)["ada"]
    assert row["reason"] == "tiny.ipynb is graded, but other answers are in final.ipynb"
    (folder / "final.ipynb").unlink()
    assert run(course, again=True)[2] == "Nobody needs a look."


def traced(trace: Path, name: str, seconds: float = 0) -> str:
    """Return a right answer that leaves a line in a file when it is run."""
    steps = f"import time; time.sleep({seconds}); open({str(trace)!r}, 'a').write('{name}\\n')"
    return f"{steps}\n{fake_unit.RIGHT['double']}"


def test_a_class_is_graded_whatever_some_of_it_do(course, loop, tmp_path):
    trace = tmp_path / "trace"
    hand_in(course, "ada", double=traced(trace, "ada"))
    hand_in(course, "bob", square=WRONG_SQUARE, double=traced(trace, "bob"))
    hand_in(course, "deaf", double="import time\nwhile True:\n    time.sleep(1)")
    hand_in(course, "dead", double="import os\nos._exit(3)")
    hand_in(course, "rude", double="raise RuntimeError('<b>no</b>')")
    hand_in(course, "zoe", double=traced(trace, "zoe"))
    (course / "grading/submitted/empty/tiny").mkdir(parents=True)
    raw = {p: p.read_bytes() for p in (course / "grading/submitted").rglob("*") if p.is_file()}

    lines = run(course, 2)

    assert "7 students: 3 graded, 4 ungraded" in lines[0]
    assert "dead, deaf, empty, rude" in lines[2]
    assert "Could not be graded this time: dead, deaf, rude." in lines[3]
    assert loop.read_marks(course, "tiny") == {"ada": RIGHT, "bob": HALF, "zoe": RIGHT}
    rows = read_rows(course)
    assert "died" in rows["dead"]["reason"]
    assert "did not end within" in rows["deaf"]["reason"]
    assert "RuntimeError: <b>no</b>" in rows["rude"]["reason"]
    assert "no notebook" in rows["empty"]["reason"]
    assert [rows[s]["score"] for s in ("ada", "bob", "dead", "deaf")] == [5, 2, None, None]
    causes = {part: failure["cause"] for part, failure in rows["bob"]["failures"].items()}
    assert causes == {"square": "3 squared is 9", "why": "no answer yet"}
    assert all(path.read_bytes() == data for path, data in raw.items())
    assert {p.name for p in (course / "grading/autograded").iterdir()} == {"ada", "bob", "zoe"}

    loop.run_nbgrader(course, "export", "--to=grading/grades.csv")
    exported = loop.read_export(course)
    assert {name: row["score"] for name, row in exported.items()} == {
        name: "" if row["score"] is None else str(row["score"]) for name, row in rows.items()
    }
    assert exported["empty"]["status"] == f"ungraded: {rows['empty']['reason']}"

    # Nothing is computed twice but what failed by accident.
    for student in ("deaf", "dead", "rude"):
        hand_in(course, student)
    hand_in(course, "bob", double=traced(trace, "bob"))
    lines = run(course, 1)
    assert "7 students: 4 graded, 2 unchanged, 1 ungraded" in lines[0]
    assert loop.read_marks(course, "tiny") == dict.fromkeys(set(rows) - {"empty"}, RIGHT)
    assert count_runs(trace) == {"ada": 1, "bob": 2, "zoe": 1}
    run(course, 1, students=["zoe"], again=True)
    assert count_runs(trace)["zoe"] == 2
    assert statuses(course)["zoe"] == "regraded"
    assert statuses(course)["ada"] == "unchanged"


def start(root: Path, jobs: int = 2) -> subprocess.Popen:
    """Start grading in a process of its own."""
    command = [sys.executable, str(HERE / "fake_unit.py"), str(root), str(jobs)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def wait_for(fact, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.02)


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")


@linux
@pytest.mark.parametrize("moment", ["computing", "recording"])
def test_killed_at_any_moment_the_next_run_goes_on(course, loop, tmp_path, moment):
    trace, students = tmp_path / "trace", [f"s{number}" for number in range(6)]
    for student in students:
        hand_in(course, student, double=traced(trace, student, 0.3))
    first = start(course)
    if moment == "computing":
        wait_for(lambda: len(count_runs(trace)) >= 2)
    else:
        wait_for(lambda: list((course / "grading/autograded").glob("*/tiny")))
    workers = descendants(first.pid)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    wait_for(lambda: not any(map(is_alive, workers)), 60)
    before = count_runs(trace)
    stored = len(list((course / "grading/results").glob("*.json")))
    second = start(course, 1)
    out, err = second.communicate(timeout=300)
    assert second.returncode == 0, err
    assert "6 students: " in out
    assert loop.read_marks(course, "tiny") == dict.fromkeys(students, RIGHT)
    with sqlite3.connect(course / "grading/gradebook.db") as database:
        assert database.execute("select count(*) from submitted_assignment").fetchone() == (6,)
        assert database.execute("select count(*) from grade").fetchone() == (18,)
    database.close()
    assert sum(count_runs(trace).values()) - sum(before.values()) == 6 - stored
    assert not any(row["moved"] for row in read_rows(course).values())


@linux
def test_a_killed_worker_costs_nobody_anything(course, loop, tmp_path):
    trace, students = tmp_path / "trace", [f"s{number}" for number in range(4)]
    for student in students:
        hand_in(course, student, double=traced(trace, student, 1))
    process = start(course)
    wait_for(lambda: count_runs(trace))
    newest = max(descendants(process.pid), key=lambda pid: psutil.Process(pid).create_time())
    os.kill(newest, signal.SIGKILL)  # which forks the workers
    out, err = process.communicate(timeout=300)
    assert "4 students: 4 graded" in out, err
    assert loop.read_marks(course, "tiny") == dict.fromkeys(students, RIGHT)


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_clean_and_the_next_run_goes_on(course, loop, tmp_path, number):
    trace, students = tmp_path / "trace", [f"s{number}" for number in range(4)]
    for student in students:
        hand_in(course, student, double=traced(trace, student, 1))
    process = start(course, 1)
    wait_for(lambda: count_runs(trace))
    workers = descendants(process.pid)
    os.killpg(process.pid, number)  # as a terminal does
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "the same command goes on from there" in err.splitlines()[-1]
    assert "Traceback" not in err
    wait_for(lambda: not any(map(is_alive, workers)))
    run(course)
    assert loop.read_marks(course, "tiny") == dict.fromkeys(students, RIGHT)


def test_a_failed_resubmission_clears_the_old_mark_and_says_so(course, loop):
    hand_in(course, "ada")
    hand_in(course, "bob")
    run(course)
    mark_by_hand(course, "ada", why=3)
    (course / "grading/submitted/ada/tiny/tiny.ipynb").write_text("<html>")
    for _ in range(2):  # it says so again in every run
        assert "1 unchanged, 1 ungraded" in run(course)[0]
        row = read_rows(course)["ada"]
        assert row["score"] is None
        assert "automatic marks cleared: double 2, square 3" in row["reason"]
        assert "manual marks cleared: why 3" in row["reason"]
        assert loop.read_marks(course, "tiny") == {"bob": RIGHT}
    assert not (course / "grading/autograded/ada/tiny").exists()
    hand_in(course, "ada")
    run(course)
    assert read_rows(course)["ada"]["reason"] == "manual marks cleared: why 3"
    assert loop.read_marks(course, "tiny") == {"ada": RIGHT, "bob": RIGHT}


def test_a_corrected_test_says_whose_mark_moved_and_keeps_manual_marks(course, loop):
    absolute = "def double(x):\n    return abs(x) + abs(x)"
    hand_in(course, "ada")
    hand_in(course, "bob", double=absolute)
    run(course)
    assert loop.read_marks(course, "tiny")["bob"] == {"double": 0, "square": 3, "why": 0}
    for student in ("ada", "bob"):
        mark_by_hand(course, student, why=4, double_check=1)
    source = course / "solutions/tiny/tiny.ipynb"
    fixed = source.read_text().replace("double(-35) == -70", "double(35) == 70")
    fixed = fixed.replace("negative numbers too", "larger numbers too")
    source.write_text(fixed)
    loop.run_nbgrader(course, "generate_assignment", "tiny", "--force")

    assert "2 students: 2 regraded" in run(course)[0]

    rows = read_rows(course)
    assert rows["ada"]["moved"] == []
    (moved,) = rows["bob"]["moved"]
    assert (moved["part"], moved["old"], moved["new"]) == ("double", 0, 2)
    assert moved["why"] == "the check of double was changed in this version"
    for student in ("ada", "bob"):
        # What a person saw of `why` has not changed, what was seen of `double` has.
        assert read_by_hand(course, student) == {
            "double-check": (1, True),
            "square-check": (None, False),
            "why": (4, False),
        }
        assert rows[student]["reason"] == "the manual mark of double (1) stays: look at it"
        assert rows[student]["score"] == 8
    assert statuses(course) == {"ada": "regraded", "bob": "regraded"}
    assert "2 unchanged" in run(course)[0]
    assert read_rows(course)["bob"]["moved"] == [moved]

    # Text that nobody executes is no reason to grade again.
    source.write_text(fixed.replace("# Tiny", "# A tiny assignment"))
    loop.run_nbgrader(course, "generate_assignment", "tiny", "--force")
    assert "2 unchanged" in run(course)[0]

    hand_in(course, "bob", double=absolute, square=WRONG_SQUARE)
    run(course)
    (moved,) = read_rows(course)["bob"]["moved"]
    assert moved["why"] == "another notebook was handed in; it says: 3 squared is 9"


def test_another_process_may_hold_the_gradebook_for_a_while(course, loop):
    hand_in(course, "ada")
    path = course / "grading/gradebook.db"
    free = threading.Event()

    def hold() -> None:
        other = sqlite3.connect(path)
        other.execute("begin exclusive")
        free.wait(8)  # longer than SQLite waits by itself
        other.rollback()
        other.close()

    thread = threading.Thread(target=hold)
    thread.start()
    run(course)
    thread.join()
    assert loop.read_marks(course, "tiny") == {"ada": RIGHT}
    assert statuses(course) == {"ada": "graded"}


def test_a_gradebook_that_cannot_be_written_is_a_reason_and_no_mark(course, loop, monkeypatch):
    hand_in(course, "ada")
    run(course)
    hand_in(course, "ada", square=WRONG_SQUARE)
    hand_in(course, "bob")
    write = recording.read_gradebook

    def fail(gradebook, assignment, student=None):
        if student == "ada":
            raise OSError("disk full")
        return write(gradebook, assignment, student)

    with monkeypatch.context() as broken:
        broken.setattr(recording, "read_gradebook", fail)
        assert "1 graded, 1 ungraded" in run(course)[0]
    reason = read_rows(course)["ada"]["reason"]
    assert reason == "could not be graded this time: not recorded, OSError: disk full"
    assert read_rows(course)["ada"]["score"] is None  # nobody can read what there is
    assert loop.read_marks(course, "tiny") == {"ada": RIGHT, "bob": RIGHT}
    assert "1 graded, 1 unchanged" in run(course)[0]
    assert loop.read_marks(course, "tiny") == {"ada": HALF, "bob": RIGHT}
    assert [m["part"] for m in read_rows(course)["ada"]["moved"]] == ["square"]


def test_a_gradebook_put_back_from_a_copy_is_brought_up_to_date(course, loop):
    copy = (course / "grading/gradebook.db").read_bytes()
    hand_in(course, "ada")
    run(course)
    (course / "grading/gradebook.db").write_bytes(copy)
    assert loop.read_marks(course, "tiny") == {}
    assert open_ledger(course, "tiny").read("ada").status == "graded"
    run(course)
    assert loop.read_marks(course, "tiny") == {"ada": RIGHT}


def tree(root: Path) -> dict[str, bytes]:
    files = (p for p in root.rglob("*") if p.is_file() and p.name != ".grade.lock")
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in files}


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["tiny", "--jobs", "0"], "--jobs 0: at least one process must work"),
        (["tiny", "--student", "eve", "ada"], "nothing of tiny was handed in by eve"),
        (["none"], "none is not released"),
        (["tiny"], "DLCOURSE_ISOLATION"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(course, monkeypatch, capsys, arguments, says):
    hand_in(course, "ada")
    (course / "grading/submitted/empty/tiny").mkdir(parents=True)
    monkeypatch.chdir(course)
    monkeypatch.setenv("DLCOURSE_ISOLATION", "paper")
    before = tree(course)
    assert cli.main(["grade", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("dlcourse: ")
    assert says in err
    assert err.count("\n") == 1
    assert tree(course) == before


def test_without_a_course_or_a_submission_there_is_nothing_to_grade(course, tmp_path):
    with pytest.raises(ValueError, match="is not a course"):
        run(tmp_path)
    with pytest.raises(ValueError, match="nothing was handed in"):
        run(course)


def test_two_runs_in_one_course_do_not_meet(course, tmp_path):
    trace = tmp_path / "trace"
    hand_in(course, "ada", double=traced(trace, "ada", 2))
    process = start(course, 1)
    wait_for(lambda: (course / "grading/.grade.lock").exists())
    with pytest.raises(ValueError, match="another `dlcourse grade`"):
        run(course)
    assert "1 graded" in process.communicate(timeout=300)[0]


def test_the_table_of_the_report_has_a_line_for_everybody(course):
    hand_in(course, "ada")
    hand_in(course, "bob")
    run(course, students=["ada"])
    with (course / "grading/report/tiny.csv").open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert (rows["ada"]["status"], float(rows["ada"]["score"])) == ("graded", 5)
    assert (rows["bob"]["status"], rows["bob"]["score"]) == ("not graded yet", "")
