"""Grading on a dask scheduler with TLS and real worker processes, all on this machine."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import dask
import fake_unit
import pytest
from distributed import Client, LocalCluster
from fake_unit import hand_in, run

from dlcourse import cli
from dlcourse.grading import cluster, grade, unit

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        sys.platform != "linux" or not shutil.which("openssl"), reason="needs /proc and openssl"
    ),
]

LIMITS = '\nc.JailedExecute.limits = {"notebook_seconds": 4, "start_seconds": 1}\n'
RIGHT = {"double": 2, "square": 3, "why": 0}
PROGRAM = [sys.executable, "-m", "dask"]


@pytest.fixture
def course(released, tmp_path):
    return shutil.copytree(released, tmp_path / "course")


@pytest.fixture(scope="module")
def tls(tmp_path_factory) -> dict[str, str]:
    """The variables that give a certificate, as INSTRUCTORS.md has it made, to dask's programs."""
    folder = tmp_path_factory.mktemp("tls")
    names = {"ca-file": "dask.pem", "cert": "dask.pem", "key": "dask.key"}
    files = {kind: str(folder / name) for kind, name in names.items()}
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=dlcourse"
    made = [*command.split(), "-keyout", files["key"], "-out", files["cert"]]
    subprocess.run(made, check=True, capture_output=True)
    start = "DASK_DISTRIBUTED__COMM__"
    variables = {f"{start}TLS__CA_FILE": files["ca-file"], f"{start}REQUIRE_ENCRYPTION": "true"}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        for kind in ("cert", "key"):
            variables[f"{start}TLS__{role}__{kind.upper()}"] = files[kind]
    return variables


@pytest.fixture(scope="module")
def launch(tls, tmp_path_factory) -> Iterator:
    """Start a scheduler with two workers; return its address and its process."""
    started = []

    def start(*arguments: str) -> subprocess.Popen:
        folder = tmp_path_factory.mktemp("dask")
        environ = os.environ | tls | {"PYTHONPATH": str(HERE), "OMP_NUM_THREADS": "1"}
        # So that a submission that kills its worker does it in two rounds of two, not of four.
        environ["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = "1"
        common = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [*PROGRAM, *arguments, *common],
                env=environ,
                cwd=folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(process)
        return process

    def launch() -> SimpleNamespace:
        facts = tmp_path_factory.mktemp("facts") / "scheduler.json"
        scheduler = start(
            "scheduler", "--protocol", "tls", "--port", "0", f"--scheduler-file={facts}"
        )
        wait_for(lambda: facts.exists() and facts.read_text().endswith("}"))
        address = json.loads(facts.read_text())["address"]
        workers = start("worker", address, "--nworkers", "2", "--nthreads", "1")
        return SimpleNamespace(address=address, scheduler=scheduler, workers=workers)

    yield launch
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def there(launch):
    return launch()


@pytest.fixture
def client(tls, monkeypatch):
    """This process and those it starts have the certificate, too."""
    with monkeypatch.context() as environ:
        for name, value in tls.items():
            environ.setenv(name, value)
        dask.config.refresh()
        yield
    dask.config.refresh()


def wait_for(fact, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.02)


def start(root: Path, address: str) -> subprocess.Popen:
    """Start grading with the fake unit in a process of its own."""
    command = [sys.executable, str(HERE / "fake_unit.py"), str(root), address]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def leave_pid(trace: Path, seconds: float = 1) -> str:
    """Return a right answer that writes down which process runs it."""
    step = f"import os, time; open({str(trace)!r}, 'a').write(f'{{os.getpid()}}\\n')"
    return f"{step}; time.sleep({seconds})\n{fake_unit.RIGHT['double']}"


def read_pids(trace: Path) -> list[int]:
    return [int(pid) for pid in trace.read_text().split()] if trace.exists() else []


def recorded(root: Path) -> dict:
    """Return the report, the ledger and the stored results, less the seconds."""
    report = json.loads((root / "grading/report/tiny.json").read_text())
    folders = ("grading/ledger/tiny", "grading/results")
    files = {
        path.relative_to(root).as_posix(): json.loads(path.read_text())
        for folder in folders
        for path in (root / folder).glob("*.json")
    }
    for facts in [*report["students"], *files.values()]:
        facts.pop("seconds", None)
    return {"students": report["students"], **files}


def test_what_is_recorded_is_what_local_processes_give(
    course, loop, there, client, monkeypatch, capsys, tmp_path
):
    hand_in(course, "ada")
    hand_in(course, "bob", double="def double(x):\n    return abs(x) + abs(x)")
    hand_in(course, "deaf", square="def square(x):\n    import os\n    os._exit(1)")
    (course / "grading/submitted/empty/tiny").mkdir(parents=True)
    other = shutil.copytree(course, tmp_path / "other")
    for root, arguments in [(course, ["--jobs", "2"]), (other, ["--dask", there.address])]:
        monkeypatch.chdir(root)
        assert cli.main(["grade", "tiny", *arguments]) == 0
        assert "4 students: 3 graded, 1 ungraded" in capsys.readouterr().out
    marks = loop.read_marks(other, "tiny")
    assert marks["bob"] == {"double": 0, "square": 3, "why": 0}
    assert marks == loop.read_marks(course, "tiny")
    assert recorded(other) == recorded(course)
    assert len(recorded(course)) == 1 + 4 + 3
    assert "3 unchanged, 1 ungraded" in grade.run(other, "tiny", jobs=1)[0][0]


def test_a_class_is_graded_whatever_some_of_it_do(course, loop, there, client):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(LIMITS)
    hand_in(course, "dead", double="import os\nos._exit(3)")
    hand_in(course, "deaf", double="import time\nwhile True:\n    time.sleep(1)")
    hand_in(course, "rude", double="raise RuntimeError('<b>no</b>')")
    for student in "abcdef":
        hand_in(course, student)

    lines = run(course, None, dask=there.address)

    assert "9 students: 6 graded, 3 ungraded" in lines[0]
    assert loop.read_marks(course, "tiny") == dict.fromkeys("abcdef", RIGHT)
    reasons = {row["student"]: row["reason"] for row in recorded(course)["students"]}
    assert reasons["dead"].endswith("this time: the process that graded it died, 2 times")
    assert "did not end within 10 seconds" in reasons["deaf"]
    assert "RuntimeError: <b>no</b>), 3 times" in reasons["rude"]

    for student in ("dead", "deaf", "rude"):
        hand_in(course, student)
    assert "3 graded, 6 unchanged" in run(course, None, dask=there.address)[0]


def test_when_all_workers_are_killed_nothing_is_lost_or_doubled(
    course, loop, there, client, tmp_path
):
    trace, students = tmp_path / "trace", [f"s{number}" for number in range(6)]
    for student in students:
        hand_in(course, student, double=leave_pid(trace))
    process = start(course, there.address)
    wait_for(lambda: len(set(read_pids(trace))) == 2)
    for pid in set(read_pids(trace)):
        os.kill(pid, signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert "6 students: 6 graded" in out, err
    assert [line for line in err.splitlines() if not line.endswith(" left")] == []
    assert loop.read_marks(course, "tiny") == dict.fromkeys(students, RIGHT)
    with sqlite3.connect(course / "grading/gradebook.db") as database:
        assert database.execute("select count(*) from submitted_assignment").fetchone() == (6,)
        assert database.execute("select count(*) from grade").fetchone() == (18,)
    database.close()
    assert len(set(read_pids(trace))) >= 3


def test_a_stop_leaves_no_task_and_the_next_run_goes_on(course, loop, there, client, tmp_path):
    trace, students = tmp_path / "trace", [f"s{number}" for number in range(8)]
    for student in students:
        hand_in(course, student, double=leave_pid(trace))
    process = start(course, there.address)
    wait_for(lambda: read_pids(trace))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("dlcourse: stopped: ")
    assert err.count("\n") == 1
    with Client(there.address) as look:
        wait_for(lambda: not any(look.processing().values()))
    assert len(read_pids(trace)) < 8
    run(course)
    assert loop.read_marks(course, "tiny") == dict.fromkeys(students, RIGHT)


def test_without_its_scheduler_a_run_ends_in_one_line_and_the_next_goes_on(
    course, loop, launch, client, tmp_path
):
    trace, students, lone = tmp_path / "trace", [f"s{number}" for number in range(6)], launch()
    for student in students:
        hand_in(course, student, double=leave_pid(trace))
    process = start(course, lone.address)
    wait_for(lambda: read_pids(trace))
    lone.scheduler.kill()
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert err.startswith(f"dlcourse: lost the scheduler at {lone.address}: ")
    assert err.count("\n") == 1
    run(course)
    assert loop.read_marks(course, "tiny") == dict.fromkeys(students, RIGHT)


def refused(course: Path, address: str, **options) -> str:
    """Return why grading was refused; nothing may have been written."""
    hand_in(course, "ada")
    before = tree(course)
    with pytest.raises(ValueError, match=r"\w") as error:
        grade.run(course, "tiny", dask=address, **options)
    assert tree(course) == before
    assert "\n" not in str(error.value)
    return str(error.value)


def tree(root: Path) -> dict[str, bytes]:
    files = (p for p in root.rglob("*") if p.is_file() and p.name != ".grade.lock")
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in files}


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.1:8786", "gradehost:8786", "inproc://1/2", "ucx://localhost:8786", ""]
)
def test_a_scheduler_that_anybody_could_reach_is_refused(course, address):
    assert "can run code on all its machines" in refused(course, address)


@pytest.mark.parametrize(
    "address", ["tls://10.0.0.1:1", "localhost:1", "tcp://[::1]:1", "127.1.2.3:1"]
)
def test_these_addresses_are_closed_to_others(address):
    assert cluster.check_address(address).endswith(address)


def test_where_nobody_answers_one_line_says_so(course, there, client, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 1)
    assert "no dask scheduler answers at tls://127.0.0.1:1: " in refused(
        course, "tls://127.0.0.1:1"
    )
    with dask.config.set({"distributed.comm.tls.client.cert": None}):
        assert "TLS" in refused(course, there.address)
    with dask.config.set({"distributed.comm.require-encryption": None}):
        plain = there.address.replace("tls:", "tcp:")
        assert "no dask scheduler answers" in refused(course, plain)
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            assert "answers at" in refused(course, f"tcp://127.0.0.1:{deaf.getsockname()[1]}")


def test_a_worker_that_is_not_fit_is_refused_by_name(course, there, client, monkeypatch, tmp_path):
    (tmp_path / "packages/torch-9.9.dist-info").mkdir(parents=True)
    (tmp_path / "packages/torch-9.9.dist-info/METADATA").write_text("Name: torch\nVersion: 9.9\n")
    monkeypatch.syspath_prepend(tmp_path / "packages")
    unit.inventory.cache_clear()
    try:
        why = refused(course, there.address)
    finally:
        unit.inventory.cache_clear()
    assert why.startswith("worker tls://127.0.0.1:")
    assert f"on {socket.gethostname()} differs from this machine in torch: " in why


@pytest.mark.parametrize(
    "workers, threads, says",
    [(0, 1, "has no worker"), (1, 2, "give it --nthreads 1"), (1, 1, "DLCOURSE_ISOLATION")],
)
def test_so_are_too_few_workers_threads_or_walls(course, monkeypatch, workers, threads, says):
    monkeypatch.setattr(cluster, "FIRST", 0.1)
    monkeypatch.setenv("DLCOURSE_ISOLATION", "paper")
    options = {"processes": False, "protocol": "tcp://", "dashboard_address": None}
    with LocalCluster(n_workers=workers, threads_per_worker=threads, **options) as here:
        why = refused(course, here.scheduler_address)
        assert says in why
        assert why.startswith("worker tcp://127.0.0.1:") == bool(workers)


def test_jobs_and_dask_exclude_each_other(course):
    assert "give one of them" in refused(course, "tls://127.0.0.1:1", jobs=2)
