import copy
import json
import random
import runpy
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.preprocessors import CheckCellMetadata, DeduplicateIds, OverwriteCells
from nbgrader.utils import compute_checksum, determine_grade
from traitlets.config import Config

from dlcourse.grading.autograde import Repair
from dlcourse.grading.intake.notebook import Unreadable
from dlcourse.grading.intake.repair import repair
from dlcourse.homework.sheet import STUB, WRITTEN_STUB, source

BROKEN = Path(__file__).with_name("broken")
CELLS, FILES = (runpy.run_path(str(BROKEN / name)) for name in ("damage.py", "files.py"))
KINDS = SimpleNamespace(**(CELLS | FILES))
KINDS.DAMAGES |= KINDS.WHOLE
EVERY = [*KINDS.DAMAGES, *KINDS.BYTES]
# What any reader of notebooks takes as it is; of everything else the log must speak.
QUIET = {"leading_space", "windows_lines", "double_keys", "not_a_number", "long_number"}
QUIET |= {"source_in_lines", "outputs_odd", "attachments_odd", "keys_unknown", "surrogates"}
QUIET |= {"own_cells", "plain_deleted", "minor_missing", "minor_odd", "trailing_zeros"}
QUIET |= {"keys_of_the_notebook_unknown"}


class Case:
    """An assignment and a right submission of it."""

    def __init__(self, root: Path, name: str):
        release = json.loads((root / f"assignments/{name}/{name}.ipynb").read_bytes())
        secret = json.loads((root / f"solutions/{name}/{name}.ipynb").read_bytes())
        sources = {cell["id"]: source(cell) for cell in secret["cells"]}
        self.right = copy.deepcopy(release)
        self.texts, self.checks = {}, {}
        for cell, mine in zip(release["cells"], self.right["cells"]):
            facts = cell["metadata"].get("nbgrader", {})
            if facts.get("solution"):
                mine["source"] = source(cell).replace(STUB, f"return '{cell['id']}'  # ü\n")
                mine["source"] = mine["source"].replace(WRITTEN_STUB, f"*Because: {cell['id']}.*")
                self.texts[cell["id"]] = mine["source"].strip()
            elif facts.get("grade"):
                cell["source"] = self.checks[cell["id"]] = sources[cell["id"]]
        self.release = release

    def damaged(self, names: list[str], seed: int) -> bytes:
        rng, nb, file = random.Random(seed), copy.deepcopy(self.right), KINDS.written
        for name in names:
            if name in KINDS.BYTES:
                file = KINDS.BYTES[name]
            else:
                KINDS.DAMAGES[name](nb, rng)
        data = file(nb)
        return data if isinstance(data, bytes) else data.encode()

    def mend(self, nb: dict | bytes) -> tuple[dict, list[str]]:
        data = nb if isinstance(nb, bytes) else json.dumps(nb).encode()
        before = copy.deepcopy(self.release)
        whole, log = repair(data, self.release)
        assert self.release == before
        assert all(line and line.isprintable() for line in log)
        self.assert_whole(whole)
        return whole, log

    def assert_whole(self, whole: dict) -> None:
        """All of the release is there and nothing else of nbgrader's; again changes nothing."""
        nbformat.validate(whole)
        found = [cell for cell in whole["cells"] if "nbgrader" in cell["metadata"]]
        wanted = [cell for cell in self.release["cells"] if "nbgrader" in cell["metadata"]]
        for cell, want in zip(found, wanted, strict=True):
            empty = {"source": "", "attachments": 0}
            assert cell | empty == want | empty
            assert cell["metadata"]["nbgrader"]["solution"] or cell["source"] == want["source"]
        assert {**whole, "cells": []} == {**self.release, "cells": []}
        assert all(not c.get("outputs") and not c.get("execution_count") for c in whole["cells"])
        assert repair(json.dumps(whole).encode(), self.release) == (whole, [])
        whole = nbformat.from_dict(whole)
        CheckCellMetadata().preprocess(whole, {})
        assert DeduplicateIds().preprocess(copy.deepcopy(whole), {})[0] == whole

    def cell(self, nb: dict, name: str) -> dict:
        return next(cell for cell in nb["cells"] if cell.get("id") == name)


@pytest.fixture(scope="module", params=["tiny", "03_cnn"])
def case(request, released, loop) -> Case:
    return Case(released if request.param == "tiny" else loop.root, request.param)


@pytest.fixture(scope="module")
def tiny(released) -> Case:
    return Case(released, "tiny")


def sources(nb: dict) -> list[str]:
    return [cell["source"] for cell in nb["cells"]]


def test_a_right_submission_stays_as_it_is(case):
    whole, log = case.mend(case.right)
    cells = case.right["cells"]
    assert sources(whole) == [case.checks.get(cell["id"], source(cell)) for cell in cells]
    assert log == []


def test_the_section_to_hand_in_is_a_student_s_own_text(loop):
    case = Case(loop.root, "03_cnn")
    last = case.right["cells"][-1]
    last["source"] = source(last).replace("# homework", "homework")
    whole, log = case.mend(case.right)
    assert whole["cells"][-1]["source"] == last["source"]
    assert "homework.check()\nhomework.submit(" in last["source"]
    assert log == []


def test_an_untouched_notebook_stays_as_it_is(case):
    whole, log = case.mend(case.release)
    assert (sources(whole), log) == (list(map(source, case.release["cells"])), [])


@pytest.mark.parametrize("name", EVERY)
def test_any_damage_leaves_every_answer_and_the_checks_of_the_release(case, name):
    whole, log = case.mend(case.damaged([name], 1))
    for part, text in case.texts.items():
        text = KINDS.MARKER.sub("", text) if name == "markers_gone" else text
        assert text in case.cell(whole, part)["source"]
    assert bool(log) == (name not in QUIET)


@pytest.mark.parametrize("seed", range(40))
def test_mixed_damage_leaves_every_answer_in_its_place(case, seed):
    names = [name for name in KINDS.DAMAGES if name not in KINDS.HIDING]
    rng = random.Random(seed)
    names = rng.sample(names, rng.randint(2, 9)) + rng.sample(list(KINDS.BYTES), 1)
    whole, _ = case.mend(case.damaged(names, seed))
    for part, text in case.texts.items():
        assert text in case.cell(whole, part)["source"], names


@pytest.mark.parametrize("seed", range(40))
def test_no_mixture_of_damage_loses_a_text(case, seed):
    rng = random.Random(seed)
    names = [name for name in KINDS.DAMAGES if name not in KINDS.HIDING]
    names = [*rng.sample(names, rng.randint(2, 9)), *sorted(KINDS.HIDING)]
    try:
        whole, _ = case.mend(case.damaged(names, seed))
    except Unreadable:
        return  # a person looks
    kept = "\n\n".join(sources(whole))
    for text in case.texts.values():
        assert KINDS.MARKER.sub("", text) in kept, names


def code(text: str, **more: object) -> dict:
    return {"cell_type": "code", "metadata": {}, "source": text, "outputs": [], **more}


def edited(tiny: Case, change) -> tuple[dict, list[str]]:
    nb = copy.deepcopy(tiny.right)
    change(nb, nb["cells"])
    return tiny.mend(nb)


def test_of_two_edited_answers_the_later_counts_and_the_earlier_stays_before_it(tiny):
    later = "# GRADED: double\ndef double(x):\n    return 2 * x"
    whole, log = edited(tiny, lambda nb, cells: cells.append(code(later, id="new")))
    assert tiny.cell(whole, "double")["source"] == later
    assert (
        sources(whole).index(source(tiny.cell(tiny.right, "double")))
        == sources(whole).index(later) - 1
    )
    assert any(line.startswith("answered more than once") and "double" in line for line in log)


def test_an_untouched_stub_after_the_answer_is_left_out(tiny):
    stub = tiny.release["metadata"]["dlcourse_stubs"]["double"]
    whole, log = edited(tiny, lambda nb, cells: cells.append(code(stub)))
    assert tiny.cell(whole, "double")["source"].strip() == tiny.texts["double"]
    assert stub not in sources(whole)
    assert any(line.startswith("found more than once") and "double" in line for line in log)


def test_an_answer_in_a_cell_of_its_own_beats_the_stub(tiny):
    mine = "def double(x):\n    return 2 * x"

    def change(nb, cells):
        tiny.cell(nb, "double")["source"] = nb["metadata"]["dlcourse_stubs"]["double"]
        cells.insert(2, code(mine))

    whole, log = edited(tiny, change)
    assert tiny.cell(whole, "double")["source"] == mine
    assert "found by likeness: double" in log


def test_an_answer_in_the_cell_of_its_check_counts(tiny):
    mine = "# CHECK: double · 2 points\ndef double(x):\n    return 2 * x\ndouble(2)"

    def change(nb, cells):
        tiny.cell(nb, "double")["source"] = nb["metadata"]["dlcourse_stubs"]["double"]
        tiny.cell(nb, "double-check")["source"] = mine

    assert tiny.cell(edited(tiny, change)[0], "double")["source"] == mine


def test_all_answers_in_one_cell_without_marks_are_found(tiny):
    text = "def double(x):\n    return 2 * x\n\ndef square(x):\n    return x * x"
    whole, log = edited(tiny, lambda nb, cells: cells.__setitem__(slice(None), [code(text)]))
    assert tiny.cell(whole, "double")["source"] == tiny.cell(whole, "square")["source"] == text
    assert any(line.startswith("no answer found") and "why" in line for line in log)


def test_merged_answers_are_parted_again(tiny):
    nb = json.loads(tiny.damaged(["answers_merged"], 1))
    whole, log = tiny.mend(nb)
    assert "square" not in tiny.cell(whole, "double")["source"]
    assert "double" not in tiny.cell(whole, "square")["source"]
    assert log[0] == "merged cells are parted: double, double-check, square, square-check"


def test_the_result_shares_nothing_with_the_release(tiny):
    whole, _ = tiny.mend(tiny.right)
    whole["metadata"]["dlcourse_stubs"]["double"] = "changed"
    assert tiny.release["metadata"]["dlcourse_stubs"]["double"] != "changed"


def test_where_nothing_is_found_the_stub_stands_and_the_log_says_so(tiny):
    whole, log = edited(tiny, lambda nb, cells: cells.remove(tiny.cell(nb, "square")))
    assert tiny.cell(whole, "square")["source"] == source(tiny.cell(tiny.release, "square"))
    assert log == ["no answer found, the stub stands: square"]


def test_the_students_own_cells_and_pictures_stay_where_they_were(tiny):
    picture = {"a.png": {"image/png": "iVBORw0KGgo="}}

    def change(nb, cells):
        cells.insert(2, code("one", id="mine", metadata={"nbgrader": {}, "tags": ["x"]}))
        cells.insert(3, {"cell_type": "markdown", "metadata": {}, "source": "two", "id": "mine"})
        cells.pop(0)  # the title is the student's to delete
        cells[-1]["attachments"] = picture  # of the written answer

    whole, log = edited(tiny, change)
    assert sources(whole)[1:3] == ["one", "two"]
    assert whole["cells"][0]["id"] == "double"
    assert whole["cells"][1]["metadata"] == {}
    assert whole["cells"][-1]["attachments"] == picture
    assert log == []


MINE = "Squares grow, and *so* do I."
BESIDE = ["untouched, but something stands beside it: a person marks it: why"]


def note(text: str, kind: str = "markdown", **more: object) -> dict:
    return {"cell_type": kind, "metadata": {}, "source": text, "id": "own", **more}


@pytest.mark.parametrize("kind", ["markdown", "raw", "code"])
@pytest.mark.parametrize("place", ["above", "below", "twice"])
def test_a_written_answer_beside_its_stub_waits_for_a_person(tiny, place, kind):
    stub = source(tiny.cell(tiny.release, "why"))
    picture = {"a.png": {"image/png": "iVBORw0KGgo="}}

    def change(nb, cells):
        tiny.cell(nb, "why")["source"] = stub
        at = len(cells) - (place != "below")
        cells.insert(at, note(MINE, kind, **({"attachments": picture} if kind != "code" else {})))
        if place == "twice":
            cells.append(note("And more.", id="more"))

    whole, log = edited(tiny, change)
    answer = tiny.cell(whole, "why")
    assert answer["source"] == "\n\n".join([stub, MINE, *(["And more."] * (place == "twice"))])
    assert answer.get("attachments") == (picture if kind != "code" else None)
    assert log == BESIDE
    assert (MINE in sources(whole)) == (kind == "code")  # it may be needed
    marked = from_release(tiny, "why")
    assert determine_grade(nbformat.from_dict(answer | marked)) == (None, 4)


def from_release(tiny: Case, name: str) -> dict:
    """Return the metadata of a cell with the checksum that nbgrader keeps of the release."""
    cell = nbformat.from_dict(tiny.cell(tiny.release, name))
    cell.source = source(cell)
    cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    return {"metadata": cell.metadata}


@pytest.mark.parametrize("where", ["start", "end"])
def test_a_written_answer_in_its_stubs_own_cell_waits_for_a_person(tiny, where):
    stub = source(tiny.cell(tiny.release, "why"))
    text = f"{MINE}\n\n{stub}" if where == "start" else f"{stub}\n\n{MINE}"
    whole, log = edited(tiny, lambda nb, cells: tiny.cell(nb, "why").update(source=text))
    assert (tiny.cell(whole, "why")["source"], log) == (text, [])
    answer = tiny.cell(whole, "why") | from_release(tiny, "why")
    assert determine_grade(nbformat.from_dict(answer)) == (None, 4)


def test_a_written_answer_in_place_of_its_deleted_cell_waits_for_a_person(tiny):
    whole, log = edited(tiny, lambda nb, cells: cells.__setitem__(-1, note(MINE)))
    assert tiny.cell(whole, "why")["source"].endswith(f"\n\n{MINE}")
    assert BESIDE[0] in log


def test_what_is_not_beside_an_untouched_written_answer_is_none_of_it(tiny):
    def change(nb, cells):
        tiny.cell(nb, "why")["source"] = stub
        cells.insert(1, note(MINE))  # below the title
        cells.append(note(" \n"))

    stub = source(tiny.cell(tiny.release, "why"))
    whole, log = edited(tiny, change)
    assert (tiny.cell(whole, "why")["source"], log) == (stub, [])


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_systems_in_cells_are_no_answer(case, end):
    nb = copy.deepcopy(case.release)
    for cell in nb["cells"]:
        cell["source"] = source(cell).replace("\n", end)
    whole, log = case.mend(nb)
    assert (sources(whole), log) == (list(map(source, case.release["cells"])), [])


@pytest.mark.parametrize(
    "text, why",
    [
        ("x = 1", "no cell of the assignment"),
        ("<!-- ASSIGNMENT: 02_mlp v1 -->\n# GRADED: double", "another assignment, 02_mlp"),
    ],
)
def test_another_notebook_gets_one_line(tiny, text, why):
    with pytest.raises(Unreadable, match=why):
        repair(json.dumps({"cells": [code(text)]}).encode(), tiny.release)


def test_a_foreign_title_does_no_harm_to_a_whole_notebook(tiny):
    other = code("<!-- ASSIGNMENT: 02_mlp v1 -->")
    whole, log = edited(tiny, lambda nb, cells: cells.__setitem__(0, other))
    assert (whole["cells"][0]["source"], log) == (other["source"], [])


def test_marker_lines_without_end_part_no_cell(tiny):
    text = "# GRADED: double\nx = 1\n# GRADED: square\n" * 10_000
    whole, _ = edited(tiny, lambda nb, cells: cells.append(code(text)))
    assert len(whole["cells"]) == len(tiny.release["cells"]) + 1


@pytest.mark.parametrize("name", EVERY[::4])
def test_nbgraders_own_steps_find_nothing_to_do(tiny, released, name):
    whole, _ = repair(tiny.damaged([name], 2), tiny.release)
    nb = nbformat.from_dict(whole)
    facts = {"notebook": "tiny", "assignment": "tiny"}
    facts["db_url"] = f"sqlite:///{released}/grading/gradebook.db"
    after, _ = OverwriteCells().preprocess(copy.deepcopy(nb), {"nbgrader": facts})
    for cell in [*nb.cells, *after.cells]:
        cell.metadata.get("nbgrader", {}).pop(
            "checksum", None
        )  # hidden tests are in that of checks
    assert after == nb


def test_the_preprocessor_repairs_what_nbgrader_has_read(tiny, monkeypatch, caplog):
    monkeypatch.setattr(Repair, "read_release", lambda self, name: {"tiny": tiny.release}[name])
    read = nbformat.reads(tiny.damaged(["no_nbgrader", "checks_deleted"], 3).decode(), 4)
    step = Repair()
    monkeypatch.setattr(step.log, "propagate", True)  # an nbgrader app run before may have changed
    monkeypatch.setattr(step.log, "disabled", False)  # both for the logger that all of them share
    with caplog.at_level("WARNING", logger=step.log.name):
        nb, _ = step.preprocess(read, {"nbgrader": {"assignment": "tiny"}})
    tiny.assert_whole(json.loads(json.dumps(nb)))
    assert "missing, put back: double-check, square-check" in caplog.text


def test_the_preprocessor_reads_the_release_of_its_course(tiny, released):
    folders = {"root": str(released), "release_directory": "assignments"}
    folders["db_url"] = f"sqlite:///{released}/grading/gradebook.db"
    config = Config({"CourseDirectory": folders})
    release = Repair(config=config).read_release("tiny")
    assert [source(c) for c in release["cells"]] == [source(c) for c in tiny.release["cells"]]
