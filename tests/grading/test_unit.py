import copy
import json
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import determine_grade

from dlcourse.grading import autograde, unit
from dlcourse.grading.preprocessors import HideTests
from dlcourse.grading.rooms import isolation
from dlcourse.grading.rooms.limits import Limits
from dlcourse.homework.sheet import source


def open_course(root: Path) -> CourseDirectory:
    course = CourseDirectory(root=str(root), release_directory="assignments")
    course.db_url = f"sqlite:///{root}/grading/gradebook.db"
    return course


@pytest.fixture
def course(released, tmp_path) -> CourseDirectory:
    return open_course(shutil.copytree(released, tmp_path / "course"))


@pytest.fixture
def bundle(course) -> unit.Bundle:
    return unit.Bundle.load(course, "tiny")


def answered(released: Path) -> bytes:
    nb = nbformat.read(released / "assignments/tiny/tiny.ipynb", 4)
    answers = {
        "double": "def double(x):\n    return x + x",
        "square": "def square(x):\n    return 9",
    }
    for cell in nb.cells:
        cell.source = answers.get(cell.id, cell.source)
    return nbformat.writes(nb).encode()


def test_a_bundle_has_the_hidden_tests_and_no_solution(bundle):
    text = str(bundle.notebook)
    assert "negative numbers too" in text
    assert "the reference" not in text
    assert pickle.loads(pickle.dumps(bundle)) == bundle


def test_marks_of_the_unit_are_what_nbgrader_reads(bundle, released):
    with isolation.choose(unsafe=True) as bare:
        result = unit.grade(answered(released), bundle, bare)
    assert result.marks == {"double-check": 2, "square-check": 0, "why": 0}
    for cell in result.notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            assert determine_grade(cell)[0] == result.marks[cell.metadata.nbgrader.grade_id]


STOPS = {
    "import einops_of_no_one": "einops_of_no_one is not installed here",
    "type Image = = int": "the notebook was made with Python 3.99 and runs here with",
    "%%time": "%%time works in the first line of a cell alone",
}


def test_an_answer_whose_cell_stopped_is_told_that_error(bundle, released):
    with isolation.choose(unsafe=True) as bare:
        for line, cause in STOPS.items():
            nb = json.loads(answered(released))
            nb["metadata"]["language_info"] = {"version": "3.99.0"}
            for cell in nb["cells"]:
                if cell["id"] == "double":
                    cell["source"] = f"# GRADED: double\n{line}\n{source(cell)}"
            result = unit.grade(json.dumps(nb).encode(), bundle, bare)
            assert result.marks["double-check"] == 0
            [check] = (cell for cell in result.notebook.cells if cell.id == "double-check")
            shown, _ = HideTests().preprocess_cell(check, {}, 0)
            assert f"its cell stopped with this error: {cause}" in shown.outputs[0].evalue


def test_what_cannot_be_read_is_ungraded_and_never_0(bundle):
    result = unit.grade(b"no notebook", bundle, None)
    assert (result.notebook, result.marks) == (None, {})
    assert result.reason
    assert "\n" not in result.reason


class Broken:
    def folder(self):
        raise isolation.RoomError("no room opens here")


def test_a_machine_without_rooms_gives_no_result(bundle, released):
    with pytest.raises(OSError, match="no room opens here"):
        unit.grade(answered(released), bundle, Broken())


def test_a_result_survives_the_disk(bundle, tmp_path):
    result = unit.Result(bundle.notebook, {"a": 1.5, "b": None}, ["line"], "why")
    result.write(tmp_path / "r.json")
    assert unit.Result.read(tmp_path / "r.json") == result
    (tmp_path / "r.json").write_text('{"notebook": null}')
    with pytest.raises(ValueError, match="no result"):
        unit.Result.read(tmp_path / "r.json")


def changed(bundle: unit.Bundle, cell: str, **facts) -> unit.Bundle:
    nb = copy.deepcopy(bundle.notebook)
    (found,) = (each for each in nb.cells if each.id == cell)
    if "points" in facts:
        found.metadata.nbgrader.points = facts.pop("points")
    found.update(facts)
    return replace(bundle, notebook=nb)


def test_the_key_follows_all_that_marks_depend_on(bundle):
    key = bundle.key(b"a")
    assert bundle.key(b"a") == key
    others = [
        changed(bundle, "double-check", source="1"),
        changed(bundle, "double-check", points=7),
        replace(bundle, files={"a": b"1"}),
        replace(bundle, files={"a": b"2"}),
        replace(bundle, limits=Limits(cell_seconds=1)),
        replace(bundle, assignment="other"),
    ]
    keys = [key, bundle.key(b"b"), *(other.key(b"a") for other in others)]
    assert len(set(keys)) == len(keys)


def test_the_key_does_not_follow_text_that_is_not_run(bundle):
    assert changed(bundle, "title", source="# Tiny, with a typo mended").key(b"a") == bundle.key(
        b"a"
    )


def test_the_key_follows_the_installed_packages(bundle, monkeypatch):
    before = bundle.key(b"a")
    monkeypatch.setattr(unit, "inventory", lambda: ("torch 0",))
    assert replace(bundle).key(b"a") != before


def test_an_assignment_that_is_not_released_is_said_in_one_line(course):
    with pytest.raises(ValueError, match=r"none is not released as .*make release"):
        unit.Bundle.load(course, "none")
    root = Path(course.root)
    shutil.copytree(root / "assignments/tiny", root / "assignments/copy")
    (root / "assignments/copy/tiny.ipynb").rename(root / "assignments/copy/copy.ipynb")
    with pytest.raises(ValueError, match="copy is not in the gradebook; run `make release`"):
        unit.Bundle.load(course, "copy")


def test_a_ready_result_is_put_in_place_and_nothing_is_run(bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(unit, "execute", None)
    done = copy.deepcopy(bundle.notebook)
    done.cells[1].source = "# run elsewhere"
    unit.Result(done, {}, ["a line"]).write(tmp_path / "r.json")
    step = autograde.JailedExecute(result=str(tmp_path / "r.json"))
    nb, _ = step.preprocess(copy.deepcopy(bundle.notebook), {})
    assert json.dumps(nb.cells) == json.dumps(done.cells)


def test_limits_come_from_the_configuration():
    step = autograde.JailedExecute(timeout=7, limits={"memory": 5})
    assert step.make_limits() == Limits(cell_seconds=7, memory=5)
    with pytest.raises(ValueError, match=r"JailedExecute.limits.*'colour'"):
        autograde.JailedExecute(limits={"colour": 1}).make_limits()
    with pytest.raises(ValueError, match=r"JailedExecute\.limits: float"):  # as without a limit
        autograde.JailedExecute(timeout=None).make_limits()
