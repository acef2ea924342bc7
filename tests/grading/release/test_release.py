import json
import shutil

import nbformat
import pytest
import simulate_class
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from dlcourse.grading.release import leaks, release
from dlcourse.grading.unit import Bundle
from dlcourse.homework import sheet


@pytest.fixture
def course(released, tmp_path):
    return shutil.copytree(released, tmp_path / "course")


def test_the_released_notebook_has_stubs_and_no_secret(released):
    path = released / "assignments/tiny/tiny.ipynb"
    assert [p.name for p in path.parent.iterdir()] == ["tiny.ipynb"]
    parts = {part.name: part for part in sheet.parts(sheet.read(path), path)}
    assert parts["double"].text == f"# GRADED: double\ndef double(x):\n    {sheet.STUB}"
    assert parts["why"].text == "<!-- GRADED: why -->\n**Why?**\n\n*Your answer here.*"
    assert [part.points for part in parts.values()] == [2, 3, 4]
    assert not any(part.attempted for part in parts.values())
    text = path.read_text()
    for secret in ("the reference", "double(-35)", "squares grow", "BEGIN"):
        assert secret not in text


PLANTED = {
    "a solution": ("source", "    return x + x  # the reference"),
    "a hidden test": ("source", 'x = 1\n  assert  square(11) == 121, "11 squared is 121"'),
    "a written answer": ("source", "Because squares grow."),
    "a wrong answer": ("metadata", "def double(x):\n    return abs(x) + abs(x)"),
    "a marker": ("source", "### BEGIN MARK SCHEME"),
    "an output": ("output", "return x + x  # the reference"),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_found(released, kind):
    place, secret = PLANTED[kind]
    path = released / "assignments/tiny/tiny.ipynb"
    nb = nbformat.read(path, 4)
    if place == "source":
        nb.cells[0].source += "\n" + secret
    elif place == "metadata":
        nb.metadata["note"] = secret
    else:
        nb.cells[1].outputs = [nbformat.v4.new_output("stream", text=secret)]
    secrets = leaks.Secrets(released / "solutions", released / "tests/assignments")
    assert secrets.search({"x.ipynb": path.read_bytes()}) == []
    assert len(secrets.search({"x.ipynb": nbformat.writes(nb).encode()})) == 1


def test_release_takes_back_what_leaks(course):
    # nbgrader hands out every other file that lies beside the source.
    (course / "solutions/tiny/helper.py").write_text("total = x * x  # the reference\n")
    with pytest.raises(ValueError, match=r"helper\.py: tiny, cell 4 of the source"):
        release.release(course)
    assert [p.name for p in (course / "assignments/tiny").iterdir()] == ["tiny.ipynb"]


def test_release_says_what_is_wrong(tmp_path, course, capfd):
    with pytest.raises(ValueError, match="make notebooks"):
        release.release(tmp_path)
    (course / "solutions/tiny/tiny.ipynb").write_text('{"cells": [')
    with pytest.raises(ValueError, match="nbgrader did not release tiny"):
        release.release(course)


def test_simulated_class_of_an_unknown_assignment(course):
    with pytest.raises(ValueError, match=r"make release.*known: tiny"):
        simulate_class.simulate(course, "99_none", course / "out")
    assert not (course / "out").exists()


def test_simulated_class_covers_the_kinds(released, tmp_path):
    expected = simulate_class.simulate(released, "tiny", tmp_path)
    assert len(expected) == 10 == len(list((tmp_path / "archive").glob("*.zip")))
    assert json.loads((tmp_path / "expected.json").read_text()) == expected
    assert expected["all_right"] == {"double": 2, "square": 3, "why": None}
    assert expected["untouched"] == {"double": 0, "square": 0, "why": 0}
    assert expected["half_right"] == {"double": 2, "square": 0, "why": 0}
    assert (
        expected["endless_loop"]
        == expected["syntax_error"]
        == {"double": 0, "square": 3, "why": None}
    )


def test_release_keeps_what_somebody_wrote_beside_the_sheet_and_into_it(course):
    folder = course / "assignments/tiny"
    nb = nbformat.read(folder / "tiny.ipynb", 4)
    nb.cells[1].source = "def double(x):\n    return x + x  # the reference"  # and no leak
    nbformat.write(nb, folder / "tiny.ipynb")
    (folder / "tiny_ada_20260101T000000Z.zip").write_bytes(b"handed in")
    assert release.release(course) == ["tiny"]
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["tiny.ipynb", "tiny.mine.ipynb", "tiny_ada_20260101T000000Z.zip"]
    assert nbformat.read(folder / "tiny.mine.ipynb", 4).cells[1].source == nb.cells[1].source
    sheets = sheet.parts(sheet.read(folder / "tiny.ipynb"), "tiny.ipynb")
    assert not any(part.attempted for part in sheets)
    config = PyFileConfigLoader("nbgrader_config.py", str(course)).load_config()
    assert Bundle.load(CourseDirectory(config=config), "tiny").files == {}
