"""Which notebook is meant where none is named."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from dlcourse import homework
from dlcourse.homework import whereabouts
from dlcourse.runtime import CourseError


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)

    def write(name: str, marker: str = "<!-- ASSIGNMENT: tiny v1 -->") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=[new_markdown_cell(marker)]), path)
        return path

    return write


def test_jupyterlab_and_notebook_7_name_the_file_in_the_environment(write, monkeypatch):
    write("one.ipynb")
    two = write("two.ipynb")
    monkeypatch.setenv("JPY_SESSION_NAME", str(two))
    assert whereabouts.find() == two


def test_vs_code_names_the_file_in_a_variable(write, monkeypatch):
    write("one.ipynb")
    two = write("two.ipynb")
    shell = SimpleNamespace(user_ns={"__vsc_ipynb_file__": str(two)})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert whereabouts.find() == two


@pytest.mark.parametrize("name", ["assignments/tiny/tiny.ipynb", "tiny.ipynb"])
def test_the_only_homework_is_meant_where_nobody_names_a_file(write, monkeypatch, name):
    write(name)
    write("tiny.mine.ipynb")
    write("lesson.ipynb", "# A lesson")
    Path("cut.ipynb").write_text("{")
    monkeypatch.setenv("JPY_SESSION_NAME", "renamed.ipynb")
    assert whereabouts.find() == Path(name)


def test_of_several_none_is_taken(write):
    write("assignments/a/a.ipynb"), write("assignments/b/b.ipynb")
    with pytest.raises(CourseError, match="2 homeworks are here, say which: ") as caught:
        whereabouts.find()
    assert f"{Path('assignments/a/a.ipynb')}, {Path('assignments/b/b.ipynb')}" in str(caught.value)


def test_where_there_is_none_one_line_says_what_to_do(write, monkeypatch):
    with pytest.raises(CourseError, match="go to its folder, or say where the notebook is"):
        whereabouts.find()
    monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace())
    for act in (homework.check, lambda: homework.submit("ada")):
        with pytest.raises(CourseError, match=r"File > Download > Download \.ipynb, and hand in"):
            act()


def test_the_time_of_the_last_save_is_told(write):
    path = write("tiny.ipynb")
    os.utime(path, (0, 86400 * 40.5))
    told = whereabouts.tell_save(path)
    assert told.startswith("tiny.ipynb as saved on 10 Feb ")
    assert told.endswith("; later changes are not in it")
