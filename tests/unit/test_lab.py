import os
import sys
from pathlib import Path

import pytest
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.config.manager import ConfigManager
from jupyterlab.labapp import LabApp

from dlcourse import cli, lab
from dlcourse.runtime import CourseError


@pytest.fixture
def course(tmp_path, monkeypatch):
    lesson = tmp_path / lab.START
    lesson.parent.mkdir(parents=True)
    lesson.touch()
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.chdir(lesson.parent)
    return tmp_path


@pytest.fixture
def launched(monkeypatch):
    calls = []
    monkeypatch.setattr(LabApp, "launch_instance", calls.append)
    return calls


def test_find_root_looks_upward(course):
    assert lab.find_root(course / "course" / "00_start_here") == course
    assert lab.find_root(course) == course
    assert lab.find_root(course.parent) is None


def test_the_reader_s_arguments_come_last_and_the_first_lesson_opens(course, launched):
    lab.open(["--no-browser", "--port", "8899"])
    [arguments] = launched
    assert arguments[0] == f"--ServerApp.root_dir={course}"
    assert "--LabApp.default_url=/lab/tree/course/00_start_here/00_start_here.ipynb" in arguments
    assert arguments[-3:] == ["--no-browser", "--port", "8899"]


@pytest.mark.parametrize("user, allowed", [(0, True), (1000, False)])
def test_only_root_is_let_in_as_root(course, monkeypatch, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    assert ("--allow-root" in lab.arguments(course)) == allowed


def test_the_course_s_own_python_comes_first_in_path(course, launched):
    lab.open()
    own, *rest = os.environ["PATH"].split(os.pathsep)
    assert Path(own) == Path(sys.executable).parent
    assert rest == ["/usr/bin"]


def test_a_terminal_is_no_login_shell(course, monkeypatch):
    monkeypatch.setenv("SHELL", "/bin/ksh")
    app = ServerApp()
    app.parse_command_line([each for each in lab.arguments(course) if "terminado" in each])
    assert app.terminado_settings == {"shell_command": "/bin/ksh"}


def test_jupyterlab_reads_our_settings_before_the_reader_s_own(course, launched, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(course / "own"))
    (course / "own/labconfig").mkdir(parents=True)
    (course / "own/labconfig/page_config.json").write_text('{"theirs": true}')
    lab.open()
    manager = ConfigManager(config_dir_name="labconfig")  # as JupyterLab makes it
    page = manager.get("page_config")
    assert page["theirs"]
    assert page["disabledExtensions"]["@jupyter/nbgrader"]
    assert page["disabledExtensions"]["@jupyterlab/apputils-extension:announcements"]
    settings = manager.get("default_setting_overrides")
    assert settings["@jupyter-widgets/jupyterlab-manager:plugin"]["saveState"]
    kernels = settings["@jupyterlab/apputils-extension:kernels-settings"]
    assert kernels["commsOverSubshells"] == "disabled"
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def test_no_course_is_said_in_one_line(tmp_path, monkeypatch, launched, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CourseError, match="go to the course's folder"):
        lab.open()
    assert cli.main(["lab"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not launched


def test_missing_jupyterlab_is_said_in_one_line(course, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    assert cli.main(["lab"]) == 2
    said = capsys.readouterr().err
    assert "pip install -e '.[lab]'" in said
    assert said.count("\n") == 1
