"""What README.md and INSTRUCTORS.md tell a teacher to type, typed; and git never sees a student."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from dlcourse import homework

ROOT = Path(__file__).parents[2]
TEXTS = [(ROOT / name).read_text("utf-8") for name in ("README.md", "INSTRUCTORS.md")]
COMMAND = re.compile(r"(?:^|`)(?:\$ )?((?:dlcourse|nbgrader|make) [^`#\n]+[^`#\s])", re.MULTILINE)
TYPED = {
    re.sub(r"03_cnn|05_doubt", "tiny", command)
    for text in TEXTS
    for command in COMMAND.findall(text)
}
# What other tests run, and what runs for ever.
ELSEWHERE = {
    r"make (course|test|bench|prove)\b.*": "Makefile",
    r"dlcourse (lab|doctor)": "tests/unit/test_cli.py",
    r"dlcourse submit (--student|FILE.ipynb .*)": "tests/unit/homework/test_homework.py",
    r"dlcourse check /tmp/try.ipynb": "tests/unit/homework/test_homework.py",
    r"dlcourse new-assignment \w+": "tests/grading/release/test_new_assignment.py",
    r"dlcourse grade tiny --dask \S+": "tests/grading/test_cluster.py",
    r"nbgrader (zip_collect|export) .*dlcourse\.grading\.lms\..*": "tests/grading/lms/test_lms.py",
    r"nbgrader autograde": "tests/grading/test_loop.py",
}
# In the order of a term.
STEPS = [
    "make release",
    "dlcourse roster class.csv",
    "make publish DIR=../dlcourse-students",
    "dlcourse check tiny.ipynb",
    "dlcourse submit tiny.ipynb --student ada",
    "nbgrader zip_collect tiny",
    "dlcourse grade tiny",
    "dlcourse grade tiny --student ada --again",
    "dlcourse similarity tiny",
    "nbgrader generate_feedback tiny",
    "nbgrader export --to grading/marks.csv",
]
PARTS = {"dlcourse check", "dlcourse grade", "dlcourse submit", "nbgrader export"}  # as a bare name


def test_every_command_is_typed_here_or_elsewhere():
    left = {c for c in TYPED - {*STEPS} - PARTS if not any(re.fullmatch(e, c) for e in ELSEWHERE)}
    assert left == set()
    assert {*STEPS} <= TYPED
    assert all((ROOT / path).exists() for path in ELSEWHERE.values())


@pytest.mark.timeout(600)
def test_a_term_leaves_nothing_for_git(loop, tmp_path):
    root, desk = tmp_path / "course", tmp_path / "desk"  # a teacher's, and a student's
    archive = root / "grading/downloaded/tiny/archive"
    for folder in (root, desk):
        folder.mkdir()
    loop.make_course(root)
    (root / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    (root / ".venv").symlink_to(sys.prefix)

    def run(command: str) -> str:
        program, *words = command.split()
        if program == "make":  # what is installed is installed
            words = ["-o", ".venv/.dev", "-o", ".venv/.lab", *words]
        own = Path(sys.executable).with_name(program)
        done = subprocess.run(
            [own if own.exists() else program, *words],
            cwd=desk if re.match("dlcourse (check|submit)", command) else root,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    run("git init -q")
    for step in STEPS:
        run(step)
        if step == "make release":
            run("git add -A")
            run("git -c user.name=t -c user.email=t commit -qm released")
            nb = nbformat.read(root / "assignments/tiny/tiny.ipynb", 4)
            nb.cells[1].source = "def double(x):\n    return x + x"
            nbformat.write(nb, desk / "tiny.ipynb")
            (root / "class.csv").write_text(
                "id,name,email\nada,Ada Lovelace,ada@example.org\nbob,,\n"
            )
        if step.startswith("dlcourse submit"):
            homework.submit("bob", desk / "tiny.ipynb", desk)
            archive.mkdir(parents=True)
            for path in desk.glob("*.zip"):
                path.rename(archive / path.name)
    assert "ada" in (root / "grading/marks.csv").read_text()
    assert run("git status --porcelain") == ""
