"""A new assignment passes as it is, up to a student's copy; and a faulty name writes nothing."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from dlcourse import cli, homework
from dlcourse.grading.release import new_assignment, publish, release

ROOT = Path(__file__).parents[3]
FILES = ("nbgrader_config.py", "course_roster.py", "pyproject.toml", "Makefile")


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A course without any assignment, in which commands and kernels find its own package."""
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    for name in ("src", "tests/offline"):
        skip = shutil.ignore_patterns("__pycache__", "*.safetensors")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skip)
    for name in ("tests/conftest.py", "tests/assignments/test_answers.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "solutions").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "src"))
    return tmp_path


def tree(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*")}


def run(*command: str) -> str:
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(900)
def test_template_is_proved_released_checked_and_published(course, capfd):
    assert cli.main(["new-assignment", "my_rows"]) == 0
    listed = capfd.readouterr().out.splitlines()
    module = "src/dlcourse/checks/my_rows.py"
    assert {"solutions/my_rows/my_rows.md", module} < set(listed)
    run("-m", "ruff", "check", "--no-cache", module)
    run("-m", "ruff", "format", "--no-cache", "--check", module)

    # Its proof: what `make notebooks` and `make prove` run.
    run("-m", "dlcourse.authoring.build")
    run("-m", "dlcourse.authoring.kill_table")
    run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/assignments")
    run("-m", "dlcourse.authoring.mutate", "my_rows")
    table = (course / "tests/assignments/kill_table.md").read_text("utf-8")
    assert "not rejected" not in table
    wrong = sorted(course.glob("tests/assignments/my_rows/median-filter/wrong_*.py"))
    assert table.count("| wrong_") == len(wrong) == 5

    # As a student gets it, with a right answer and without.
    assert release.release(course) == ["my_rows"]
    path = course / "assignments/my_rows/my_rows.ipynb"
    assert "CHANGE: your solution" not in path.read_text("utf-8")
    notebook = nbformat.read(path, 4)
    right = course / "tests/assignments/my_rows/median-filter/right_loops.py"
    cell = next(cell for cell in notebook.cells if cell.source.startswith("# GRADED: median"))
    cell.source = f"# GRADED: median-filter\n{right.read_text('utf-8')}"
    nbformat.write(notebook, "mine.ipynb")
    lines = {line.name: line for line in homework.check("mine.ipynb").lines}
    assert (lines["median-filter"].verdict, lines["median-filter"].earned) == ("passes", 3)
    assert lines["edge-and-grain"].verdict == "not attempted"

    files = publish.collect(course)
    assert {module, "assignments/my_rows/my_rows.ipynb"} < files.keys()
    assert not [name for name in files if "template" in name or name.startswith("solutions")]
    assert publish.find_leaks(course, files) == []


FAULTY = ["", "04", "Rows", "rows/../x", "../rows", "rows-x", "rows__x", "4_rows", "class", "04_é"]


@pytest.mark.parametrize("name", FAULTY)
def test_no_name_is_told_in_one_line(course, name, capsys):
    refused(course, name, "cannot be an assignment's name", capsys)


TAKEN = ["solutions/04_rows", "tests/assignments/04_rows", "assignments/04_rows"]
TAKEN += ["src/dlcourse/checks/rows", "src/dlcourse/checks/rows.py"]


@pytest.mark.parametrize("path", TAKEN)
def test_what_is_there_stays(course, path, capsys):
    (course / path).mkdir(parents=True)
    refused(course, "04_rows", f"{path} is there already", capsys)


@pytest.mark.parametrize("name", ["03_answer", "points"])
def test_no_checks_take_the_name_of_the_courses_own(course, name, capsys):
    refused(course, name, "is there already", capsys)


def test_elsewhere_than_in_the_course(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    refused(tmp_path, "04_rows", "it has no solutions/", capsys)


def test_all_files_or_none(course):
    (course / "tests/assignments/04_rows").symlink_to(course / "nowhere/at/all")
    before = tree(course)
    with pytest.raises(OSError, match="04_rows"):
        new_assignment.create(course, "04_rows")
    assert tree(course) == before


def refused(root: Path, name: str, says: str, capsys: pytest.CaptureFixture) -> None:
    before = tree(root)
    assert cli.main(["new-assignment", name]) == 2
    message = capsys.readouterr().err
    assert message.startswith("dlcourse: ")
    assert says in message
    assert message.count("\n") == 1
    assert tree(root) == before
