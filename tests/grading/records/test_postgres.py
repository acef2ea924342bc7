"""The gradebook on a PostgreSQL server of the test's own, and several graders in it."""

import contextlib
import itertools
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import fake_unit
import nbformat
import psycopg
import pytest
from fake_unit import hand_in, run
from nbgrader.api import Gradebook

from dlcourse import cli, homework
from dlcourse.grading.records import gradebook, recording

HERE = Path(__file__).parents[1]

# nbgrader adds a submission in a way that SQLAlchemy calls harmless.
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]

# As in INSTRUCTORS.md: each grader has a name and a password, and what one makes belongs to all.
ROLES = """
CREATE ROLE graders;
CREATE ROLE grace LOGIN PASSWORD '{0}' IN ROLE graders;
CREATE ROLE alan LOGIN PASSWORD '{0}' IN ROLE graders;
ALTER ROLE grace SET role = graders;
ALTER ROLE alan SET role = graders;
CREATE DATABASE gradebook OWNER graders;
"""
END = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = '{}' AND pid <> pg_backend_pid()"""
RIGHT = {"double": 2, "square": 3, "why": 0}
ENDLESS = "import time; time.sleep(600)"


def find_binaries() -> Path:
    """Return the folder of PostgreSQL's programs; skip without, but never in CI."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found += [Path(path).parent for path in [shutil.which("initdb")] if path]
    if not found:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "no PostgreSQL server here: apt install postgresql"
        )
    return max(found, key=lambda path: path.parent.name)


@pytest.fixture(scope="module")
def server() -> Iterator[SimpleNamespace]:
    """A server on loopback that ends with this process, and a password file that opens it."""
    binaries = find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="dlcourse-postgres-", dir="/tmp"))
    password = secrets.token_urlsafe()
    (folder / "password").write_text(f"{password}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    become = ["setpriv", "--pdeathsig", "QUIT"]
    if os.geteuid() == 0:  # as which the server refuses to run
        for path in (folder, folder / "password"):
            shutil.chown(path, "nobody", "nogroup")
        become += ["--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    data, log = ["-D", str(folder / "data")], (folder / "log").open("w+")
    make = [binaries / "initdb", *data, "-U", "owner", "-A", "scram-sha-256", "--no-sync"]
    subprocess.run(
        [*become, *make, f"--pwfile={folder}/password"], check=True, stdout=log, cwd=folder
    )
    options = [f"unix_socket_directories={folder}", "listen_addresses=127.0.0.1", "fsync=off"]
    start = [binaries / "postgres", *data, "-p", str(port)]
    start += [word for option in options for word in ("-c", option)]
    process = subprocess.Popen([*become, *start], stdout=log, stderr=log, cwd=folder)
    try:
        owner = f"host=127.0.0.1 port={port} user=owner password={password} dbname=postgres"

        def sql(*statements: str) -> list[tuple]:
            with psycopg.connect(owner, autocommit=True) as connection:
                for statement in statements:
                    answer = connection.execute(statement)
                return answer.fetchall() if answer.description else []

        end = time.monotonic() + 60
        while True:
            try:
                sql(*ROLES.format(password).strip().split("\n"))
                break
            except psycopg.OperationalError:
                log.seek(0)
                assert process.poll() is None, log.read()
                assert time.monotonic() < end, log.read()
                time.sleep(0.1)
        keys = folder / "pgpass"
        keys.write_text(f"127.0.0.1:{port}:*:*:{password}\n")
        keys.chmod(0o600)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PGPASSFILE", str(keys))
            yield SimpleNamespace(port=port, password=password, folder=folder, sql=sql)
    finally:
        process.send_signal(signal.SIGINT)  # end all connections, then stop
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()
        shutil.rmtree(folder)


def share(root: Path, url: str) -> Path:
    """Put the gradebook's address into a course file."""
    with (root / "course_roster.py").open("a") as roster:
        roster.write(f"\nc.CourseDirectory.db_url = {url!r}\n")
    return root


@pytest.fixture(scope="module")
def template(server, loop, released, tmp_path_factory) -> Path:
    """A course released into the server's database `gradebook`."""
    root = shutil.copytree(released, tmp_path_factory.mktemp("shared") / "course")
    (root / "grading/gradebook.db").unlink()
    share(root, f"postgresql://grace@127.0.0.1:{server.port}/gradebook")
    loop.run_nbgrader(root, "generate_assignment", "tiny", "--force")
    assert not (root / "grading/gradebook.db").exists()
    return root


NUMBERS = itertools.count()


@pytest.fixture
def shared(server, template, tmp_path) -> SimpleNamespace:
    """Two graders' copies of the course, on one gradebook that no other test uses."""
    name = f"gradebook{next(NUMBERS)}"
    server.sql(f"CREATE DATABASE {name} TEMPLATE gradebook OWNER graders")
    urls = [f"postgresql://{who}@127.0.0.1:{server.port}/{name}" for who in ("grace", "alan")]
    roots = [share(shutil.copytree(template, tmp_path / url[13:17]), url) for url in urls]
    return SimpleNamespace(roots=roots, urls=[gradebook.locate(url) for url in urls], name=name)


def read_rows(root: Path) -> dict[str, dict]:
    """Return {student: row} of the report."""
    data = json.loads((root / "grading/report/tiny.json").read_text())
    return {row["student"]: row for row in data["students"]}


def mark_by_hand(url: str, student: str, mark: float) -> None:
    """Do what a person does in formgrader."""
    with Gradebook(url) as book:
        grade = book.find_grade("why", "tiny", "tiny", student)
        grade.manual_score, grade.needs_manual_grade = mark, False
        book.db.commit()


def read_by_hand(url: str) -> dict[str, tuple]:
    with Gradebook(url) as book:
        grades = {
            s.student_id: book.find_grade("why", "tiny", "tiny", s.student_id)
            for s in book.assignment_submissions("tiny")
        }
        return {name: (g.manual_score, g.needs_manual_grade) for name, g in grades.items()}


SPY = """
import glob, os, pathlib, socket
texts = [repr(dict(os.environ))]
paths = [*glob.glob("/proc/*/environ"), *glob.glob("/home/*/.pg*")]
for path in [{pgpass!r}, "course_roster.py", *paths]:
    try: texts.append(open(path, errors="replace").read())
    except OSError: pass
for kind, address in [(socket.AF_INET, ("127.0.0.1", {port})), (socket.AF_UNIX, {path!r})]:
    try: socket.socket(kind).connect(address); texts.append("REACHED")
    except OSError: pass
print("SEEN", len(texts), *texts)
"""


def test_the_whole_loop(server, shared, loop, tmp_path):
    root, url = shared.roots[0], shared.urls[0]
    unix = str(server.folder / f".s.PGSQL.{server.port}")
    spy = SPY.format(pgpass=os.environ["PGPASSFILE"], port=server.port, path=unix)
    for student, before in {"ada": "", "eve": spy}.items():
        nb = nbformat.read(root / "assignments/tiny/tiny.ipynb", 4)
        for cell in nb.cells:
            answer = fake_unit.RIGHT.get(cell.id)
            cell.source = f"{before}{answer}" if answer else cell.source
        nbformat.write(nb, tmp_path / "tiny.ipynb")
        archive = root / "grading/downloaded/tiny/archive"
        homework.submit(student, tmp_path / "tiny.ipynb", archive, check=False)

    def work(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=root, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    said = work("nbgrader", "zip_collect", "tiny")
    said += work("dlcourse.cli", "grade", "tiny", "--jobs", "1")
    assert "2 students: 2 graded" in said
    assert loop.read_marks(root, "tiny", url) == {"ada": RIGHT, "eve": RIGHT}
    nb = nbformat.read(root / "grading/autograded/eve/tiny/tiny.ipynb", 4)
    seen = str([cell.get("outputs") for cell in nb.cells])
    assert "SEEN" in seen
    for secret in (server.password, "PGPASSFILE", "REACHED", shared.name):
        assert secret not in seen

    mark_by_hand(shared.urls[1], "ada", 4)
    said += work("nbgrader", "autograde", "tiny", "--student=eve", "--force")
    said += work("nbgrader", "generate_feedback", "tiny")
    assert "Score: 9.0 / 9.0" in (root / "grading/feedback/ada/tiny/tiny.html").read_text()
    said += work("nbgrader", "export", "--to=grading/grades.csv")
    scores = {name: row["score"] for name, row in loop.read_export(root).items()}
    assert scores == {"ada": "9.0", "eve": "5.0"}
    said += work("nbgrader", "db", "upgrade")
    assert "ada" in work("nbgrader", "db", "student", "list")
    assert server.password not in said
    assert not (root / "grading/gradebook.db").exists()


def test_a_person_marks_while_a_machine_records(shared, loop):
    students = [f"student{number}" for number in range(6)]
    for student in students:
        hand_in(shared.roots[0], student)
    run(shared.roots[0])
    done, given = threading.Event(), dict.fromkeys(students, 0.0)

    def mark() -> None:
        for number in itertools.count(1):
            for student in students:
                given[student] = number % 4 + 0.5
                mark_by_hand(shared.urls[1], student, given[student])
                if done.is_set():
                    return

    person = threading.Thread(target=mark)
    person.start()
    try:
        lines = run(shared.roots[0], again=True)
    finally:
        done.set()
        person.join()
    assert "6 regraded" in lines[0]
    assert {name: mark for name, (mark, _) in read_by_hand(shared.urls[0]).items()} == given
    assert loop.read_marks(shared.roots[0], "tiny", shared.urls[0]) == dict.fromkeys(
        students, RIGHT
    )


@contextlib.contextmanager
def open_formgrader(root: Path) -> Iterator[Callable]:
    """Run formgrader as `jupyter server` does; give a function that asks it for something."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--ServerApp.token=", "--ServerApp.disable_check_xsrf=True"]
    log = (root / "server.log").open("w")
    server = subprocess.Popen(command, cwd=root, stdout=log, stderr=log)

    def ask(path: str, **sent: float) -> bytes:
        body = json.dumps(sent).encode() if sent else None
        where = f"http://127.0.0.1:{port}/formgrader/{path}"
        question = urllib.request.Request(where, body, method="PUT" if sent else "GET")
        with urllib.request.urlopen(question, timeout=60) as answer:
            return answer.read()

    try:
        while True:
            try:
                ask("api/assignments")
                break
            except OSError:
                assert server.poll() is None, (root / "server.log").read_text()
                time.sleep(0.2)
        yield ask
    finally:
        server.terminate()
        server.wait()
        log.close()


def test_two_people_mark_in_formgrader(server, shared):
    for root in shared.roots:
        hand_in(root, "ada")
    run(shared.roots[0])
    with Gradebook(shared.urls[0]) as book:
        grade = book.find_grade("why", "tiny", "tiny", "ada")
        page, grade = grade.notebook.id, grade.id

    def look(formgrader: Callable) -> float | None:
        formgrader(f"submissions/{page}/")
        marks = json.loads(formgrader(f"api/grades?submission_id={page}"))
        return {mark["id"]: mark["manual_score"] for mark in marks}[grade]

    with open_formgrader(shared.roots[0]) as grace, open_formgrader(shared.roots[0]) as alan:
        assert look(grace) is look(alan) is None
        grace(f"api/grade/{grade}", manual_score=2.5)
        assert look(grace) == look(alan) == 2.5
        alan(f"api/grade/{grade}", manual_score=3)
        assert look(grace) == look(alan) == 3
        server.sql(END.format(shared.name))  # as when the server is started again
        alan("api/assignments")  # the list, from which one goes on
        assert look(alan) == 3


def test_one_grader_at_a_time_also_from_two_machines(server, shared, loop):
    first, second = shared.roots
    hand_in(first, "ada", double=ENDLESS)
    hand_in(second, "ada")
    hand_in(second, "bob")
    command = [sys.executable, str(HERE / "fake_unit.py"), str(first), "1"]
    other = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        locked = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
        while not server.sql(locked):
            assert other.poll() is None, other.stdout.read()
            time.sleep(0.05)
        with pytest.raises(ValueError, match="another `dlcourse grade` is at work in this gradebo"):
            run(second)
        assert not read_by_hand(shared.urls[1])
    finally:
        other.kill()
        other.communicate()
    while server.sql(locked):
        time.sleep(0.05)
    assert "2 graded" in run(second)[0]
    assert loop.read_marks(second, "tiny", shared.urls[1]) == {"ada": RIGHT, "bob": RIGHT}


def test_each_machine_grades_a_part_and_the_newest_counts(shared, loop):
    first, second = shared.roots
    hand_in(first, "ada", "2026-01-01 10:00:00", square="def square(x):\n    return 0")
    hand_in(second, "ada", "2026-01-02 10:00:00")
    hand_in(second, "bob")
    run(second)
    mark_by_hand(shared.urls[0], "ada", 4)
    lines = run(first)
    assert "1 unchanged" in lines[0]
    assert "To be looked at: ada" in lines[2]
    assert (
        "holds a newer submission, of 2026-01-02 10:00:00 UTC" in read_rows(first)["ada"]["reason"]
    )
    assert loop.read_marks(first, "tiny", shared.urls[0]) == {"ada": RIGHT, "bob": RIGHT}
    assert read_by_hand(shared.urls[0])["ada"] == (4, False)
    hand_in(first, "ada", "2026-01-02 10:00:00")  # collected here, too
    assert "1 graded" in run(first)[0]
    assert read_by_hand(shared.urls[0])["ada"][0] == 4
    loop.run_nbgrader(first, "export", "--to=grading/grades.csv")
    scores = {name: row["score"] for name, row in loop.read_export(first).items()}
    assert scores == {"ada": "9.0", "bob": "5.0"}


def test_a_machine_without_the_class_list_takes_no_extension_back(shared):
    def read_extension() -> timedelta | None:
        with Gradebook(shared.urls[0]) as book:
            return book.find_submission("tiny", "ada").extension

    first, second = shared.roots
    for root in shared.roots:
        with (root / "course_roster.py").open("a") as roster:
            roster.write("c.Roster.deadlines = {'tiny': '2026-01-01 10:00'}\n")
    (first / "grading/roster.csv").write_text("id,extensions\nada,tiny 2026-01-09 10:00\n")
    hand_in(first, "ada", "2026-01-02 10:00:00")
    run(first)
    assert read_extension() == timedelta(8)
    hand_in(second, "bob")
    run(second)
    assert read_extension() == timedelta(8)
    (second / "grading/roster.csv").write_text("id\nada\nbob\n")  # in which it is taken back
    run(second)
    assert read_extension() is None


def test_what_a_broken_connection_left_undone_is_done_by_the_next_run(
    server, shared, loop, monkeypatch
):
    root, record = shared.roots[0], recording.Recorder.record
    hand_in(root, "ada")
    hand_in(root, "bob")

    def break_once(self, work, *rest):
        self.gradebook.students  # noqa: B018 - a connection that is open, as in a long batch
        if work.student == "ada":
            server.sql(END.format(shared.name))
        return record(self, work, *rest)

    monkeypatch.setattr(recording.Recorder, "record", break_once)
    run(root)
    monkeypatch.undo()
    assert "could not be graded this time" in read_rows(root)["ada"]["reason"]
    assert loop.read_marks(root, "tiny", shared.urls[0]) == {"bob": RIGHT}
    assert "1 graded, 1 unchanged" in run(root)[0]
    assert loop.read_marks(root, "tiny", shared.urls[0]) == {"ada": RIGHT, "bob": RIGHT}


def complain(root: Path, monkeypatch, capsys) -> str:
    """Return the one line of a `dlcourse grade` that cannot begin."""
    monkeypatch.chdir(root)
    assert cli.main(["grade", "tiny"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


def test_what_cannot_be_reached_is_said_in_one_line(shared, server, tmp_path, monkeypatch, capsys):
    root = shared.roots[0]
    hand_in(root, "ada")
    roster = (root / "course_roster.py").read_text()

    def says(url: str) -> str:
        (root / "course_roster.py").write_text(roster)
        return complain(share(root, url), monkeypatch, capsys)

    assert "Connection refused" in says("postgresql://grace@127.0.0.1:1/gradebook")
    address = f"127.0.0.1:{server.port}/{shared.name}"
    assert 'database "nowhere" does not exist' in says(
        f"postgresql://grace@127.0.0.1:{server.port}/nowhere"
    )
    said = says(f"postgresql://grace:{server.password}@{address}")
    said += says(f"postgresql://grace@{address}?password={server.password}")
    assert said.count("leave the password out; ~/.pgpass is the place for it") == 2
    said += says(f"postgresql://grace:{server.password}@127.0.0.1:port/{shared.name}")
    assert "is no address of a database" in said
    assert server.password not in said
    keys = tmp_path / "wrong"
    keys.write_text("*:*:*:*:guessed\n")
    keys.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(keys))
    said = says(f"postgresql://grace@{address}")
    assert "password authentication failed" in said
    assert "guessed" not in said
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "export"], cwd=root, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, said)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install -e '.[postgres]'" in says(f"postgresql://grace@{address}")


def test_a_database_of_another_kind_stays_as_it_is():
    assert gradebook.locate("sqlite:////tmp/my.db") == "sqlite:////tmp/my.db"
    service = gradebook.locate("postgresql:///?service=gradebook")
    assert service == "postgresql+psycopg:///?connect_timeout=10&service=gradebook"
    socket = gradebook.locate("postgres:///marks?connect_timeout=3&host=/var/run/postgresql")
    assert socket == "postgresql+psycopg:///marks?connect_timeout=3&host=/var/run/postgresql"
