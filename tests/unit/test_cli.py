import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dlcourse import cli

TINY = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"dlcourse_stubs": {"a": "# GRADED: a\nstub"}},
    "cells": [
        {
            "cell_type": "markdown",
            "id": "t",
            "metadata": {},
            "source": "<!-- ASSIGNMENT: tiny v1 -->",
        },
        {
            "cell_type": "code",
            "id": "a",
            "metadata": {},
            "source": ["# GRADED: a\n", "stub"],
            "outputs": [],
            "execution_count": None,
        },
    ],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tiny.ipynb").write_text(json.dumps(TINY))
    (tmp_path / "cut.ipynb").write_text(json.dumps(TINY)[:-40])
    (tmp_path / "lesson.ipynb").write_text(json.dumps(TINY | {"cells": []}))
    (tmp_path / "text.txt").write_text("no zip")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DLCOURSE_STUDENT", raising=False)
    return tmp_path


HIDING = """
import sys
from dlcourse import cli

class Hidden:
    def find_spec(name, path=None, target=None):
        if name == sys.argv[1]:
            raise ModuleNotFoundError(name=name)

sys.meta_path.insert(0, Hidden)
sys.exit(cli.main(sys.argv[2:]))
"""


def without(package: str, *command: str) -> subprocess.CompletedProcess:
    """Run a command on a machine that has not got a package."""
    return subprocess.run(
        [sys.executable, "-c", HIDING, package, *command], capture_output=True, text=True
    )


def test_help_lists_every_command_and_needs_no_torch():
    done = without("torch", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for command in ("lab", "doctor", "check", "submit", "reset", "update", "publish", "release"):
        assert f"    {command} " in done.stdout


@pytest.mark.parametrize(
    ("package", "command", "extra"),
    [
        ("jupyterlab", "lab", "lab"),
        ("nbgrader", "publish out", "grade"),
        ("filelock", "grade hw", "grade"),
        ("jinja2", "new-assignment hw", "grade"),
        ("bs4", "similarity hw", "grade"),
    ],
)
def test_a_missing_package_is_named_with_the_extra_that_has_it(package, command, extra):
    """Also where not the command itself imports it, but a module of ours that it stands on."""
    done = without(package, *command.split())
    assert done.returncode == 2
    said = f"dlcourse: {package} is not installed; get it: pip install -e '.[{extra}]' "
    assert done.stderr == f"{said}(in the course's folder)\n"


@pytest.mark.parametrize("command", ["check", "check tiny.ipynb"])
def test_check_prints_the_report(folder, capsys, command):
    assert cli.main(command.split()) == 0
    assert "not attempted" in capsys.readouterr().out


def test_submit_says_what_it_wrote_and_what_is_missing(folder, capsys, monkeypatch):
    monkeypatch.setenv("DLCOURSE_STUDENT", "ada")
    assert cli.main(["submit", "--no-check", "--to", "out"]) == 0
    said = capsys.readouterr().out
    (written,) = (folder / "out").iterdir()
    assert written.name in said
    assert "Not attempted yet: a." in said


def test_reset_says_where_the_old_version_is(folder, capsys):
    assert cli.main(["reset", "a", "tiny.ipynb"]) == 0
    assert "tiny.mine.ipynb" in capsys.readouterr().out


def test_release_without_solutions_says_what_to_run(folder, capsys):
    assert cli.main(["release"]) == 2
    assert capsys.readouterr().err.endswith("run `make notebooks` first\n")


def test_further_arguments_go_to_jupyterlab_and_nowhere_else(monkeypatch, folder, capsys):
    from dlcourse import lab

    seen = []
    monkeypatch.setattr(lab, "open", lambda args: seen.append(args) or 0)
    assert cli.main(["lab", "--no-browser", "--port", "8899"]) == 0
    assert seen == [["--no-browser", "--port", "8899"]]
    with pytest.raises(SystemExit) as stopped:
        cli.main(["check", "tiny.ipynb", "--port", "8899"])
    assert stopped.value.code == 2
    assert "unknown argument: --port 8899" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check NB", "submit NB --student ada", "reset a NB"])
@pytest.mark.parametrize(
    "notebook, says",
    [
        ("cut.ipynb", "not a notebook or was cut off"),
        ("none.ipynb", "does not exist"),
        ("lesson.ipynb", "not an assignment"),
        ("text.txt", "not a notebook"),
        (".", "Is a directory"),
    ],
)
def test_bad_notebooks_give_one_line_and_code_2(folder, capsys, command, notebook, says):
    before = sorted(os.listdir())
    assert cli.main(command.replace("NB", notebook).split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("dlcourse: ")
    assert says in err
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize(
    "command, says",
    [
        ("submit tiny.ipynb", "dlcourse submit tiny.ipynb --student YOUR-ID"),
        ("submit", "dlcourse submit --student YOUR-ID"),
        ("submit tiny.ipynb --student ../x", "no student id"),
        ("submit tiny.ipynb --student ada --to text.txt", "text.txt"),
        ("reset b tiny.ipynb", "no part 'b'"),
        ("reset b", "in no notebook here"),
        ("update text.txt", "not a published copy"),
        ("publish out", "solutions"),
    ],
)
def test_bad_arguments_give_one_line_and_code_2(folder, capsys, command, says):
    before = sorted(os.listdir())
    assert cli.main(command.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize("command", ["submit tiny.ipynb --student ada", "reset a tiny.ipynb"])
def test_a_folder_that_cannot_be_written_loses_nothing(folder, capsys, monkeypatch, command):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("tempfile.mkstemp", refuse)  # root may write everywhere, so no chmod
    before = (folder / "tiny.ipynb").read_bytes()
    assert cli.main(command.split()) == 2
    assert capsys.readouterr().err == f"dlcourse: {folder}: Permission denied\n"
    assert (folder / "tiny.ipynb").read_bytes() == before


def test_what_is_not_installed_is_named_in_the_middle_of_a_check(folder):
    nb = json.loads(json.dumps(TINY))
    nb["cells"][1]["source"] = "# GRADED: a\nmine"
    nb["cells"].append(dict(nb["cells"][1], id="c", source="# CHECK: a · 1 points\n1"))
    Path("tiny.ipynb").write_text(json.dumps(nb))
    done = without("jupyter_client", "check", "tiny.ipynb")
    assert done.returncode == 2
    assert "jupyter_client is not installed" in done.stderr
