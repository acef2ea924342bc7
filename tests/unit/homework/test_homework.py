import json
import os
import re
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dlcourse import homework
from dlcourse.homework import checking, hand_in, sheet

STUB = "# GRADED: {0}\ndef {0}(x):\n    " + sheet.STUB
CHECK = "# CHECK: {0} · {1} points\nassert {0}(3) == {2}, 'got <{0}> wrong'\n{1}"
RIGHT = {
    "double": "# GRADED: double\ndef double(x):\n    return x + x",
    "square": "# GRADED: square\nimport warnings\n"
    "def square(x):\n    warnings.warn('old')\n    return x * x",
    "root": "# GRADED: root\ndef root(x):\n    return x ** 0.5",
    "why": "<!-- GRADED: why -->\nBecause.",
}


@pytest.fixture
def write(tmp_path: Path):
    """Write an assignment of three functions and a text, with some answers filled in."""

    def write(name: str = "tiny.ipynb", stubs: bool = True, **answers: str) -> Path:
        released = {part: STUB.format(part) for part in ("double", "square", "root")}
        released["why"] = "<!-- GRADED: why -->\n*Your answer here.*"
        cells = [new_markdown_cell("# Tiny\n<!-- ASSIGNMENT: tiny v1 -->")]
        for part, points, value in (("double", 2, 6), ("square", 3, 9), ("root", 1, 1.5)):
            cells.append(new_code_cell(answers.get(part, released[part])))
            cells.append(new_code_cell(CHECK.format(part, points, value)))
        cells.append(new_markdown_cell(answers.get("why", released["why"])))
        facts = {"solution": True, "grade": True, "grade_id": "why", "points": 4}
        cells[-1].metadata["nbgrader"] = facts
        nb = new_notebook(cells=cells)
        if stubs:
            nb.metadata["dlcourse_stubs"] = released
        nbformat.write(nb, tmp_path / name)
        return tmp_path / name

    return write


def lines(report: homework.Report) -> dict[str, tuple[str, float | None, float]]:
    return {line.name: (line.verdict, line.earned, line.points) for line in report.lines}


STOPS = {
    "import einops_of_no_one": "einops_of_no_one is not installed here",
    "%%time": "%%time works in the first line of a cell alone",
    "x = “a”": "line 2 holds “ (U+201C, left double quotation mark)",
    "<<<<<<< HEAD": "a git merge has left its conflict markers in line 2",
    "type A = = int": "the notebook was made with Python 3.99 and runs here with",
}


def test_check_says_why_a_cell_stopped(write):
    for mishap, cause in STOPS.items():
        path = write(double=RIGHT["double"].replace("\n", f"\n{mishap}\n", 1))
        nb = json.loads(path.read_bytes())
        nb["metadata"]["language_info"] = {"name": "python", "version": "3.99.1"}
        path.write_text(json.dumps(nb))
        [message] = [line.message for line in homework.check(path).lines if line.name == "double"]
        assert message.startswith("your cell stopped: ")
        assert message.splitlines()[1].startswith(cause)


def test_a_notebook_with_the_marks_of_a_merge_is_named_as_such(write):
    path = write(**RIGHT)
    lines = path.read_text().splitlines()
    lines[9:9] = ["<<<<<<< HEAD", lines[9], "=======", lines[9], ">>>>>>> 4e2b407"]
    path.write_text("\n".join(lines))
    for run in (homework.check, lambda path: homework.submit("ada", path, path.parent)):
        with pytest.raises(
            ValueError, match=r"tiny\.ipynb: a git merge .* in line 10: keep one of"
        ):
            run(path)


@pytest.mark.parametrize("end", ["\r\n", "\r", " \n"])
def test_an_untouched_notebook_with_other_line_ends_is_not_attempted(write, end):
    path = write()
    nb = json.loads(path.read_bytes())
    for cell in nb["cells"]:
        cell["source"] = sheet.source(cell).replace("\n", end)
    path.write_text(json.dumps(nb))
    assert {line.verdict for line in homework.check(path).lines} == {"not attempted"}
    assert homework.submit("ada", path, path.parent).untouched == [
        "double",
        "square",
        "root",
        "why",
    ]


def test_check_reports_each_part_and_leaves_the_notebook_alone(write):
    path = write(**{**RIGHT, "double": "# GRADED: double\ndouble = lambda x: 7"})
    before = path.read_bytes()
    report = homework.check(path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["tiny.ipynb"]
    assert lines(report) == {
        "double": ("fails", 0, 2),
        "square": ("passes", 3, 3),  # a warning costs nothing
        "root": ("fails", 0, 1),
        "why": ("a person marks", None, 4),
    }
    assert report.lines[0].message == "AssertionError: got <double> wrong"
    assert "3 of 6 points" in repr(report)
    assert "got &lt;double&gt; wrong" in report._repr_html_()
    assert "got <double> wrong" not in report._repr_html_()


def test_check_goes_on_after_errors_and_endless_loops(write):
    path = write(
        double="# GRADED: double\ndef double(x):\n    while True:\n        pass",
        square=RIGHT["square"],
        root="# GRADED: root\ndef root(x)\n    return 1.5",
    )
    report = homework.check(path, timeout=5)
    assert lines(report)["double"] == ("fails", 0, 2)
    assert "a result from double in time" in report.lines[0].message
    assert "an endless loop" in report.lines[0].message
    assert lines(report)["square"] == ("passes", 3, 3)
    assert report.lines[2].message.startswith(
        "your cell stopped: SyntaxError: expected ':' (line 2)\n"
    )
    assert lines(report)["why"] == ("not attempted", None, 4)


def test_a_notebook_may_check_itself_without_end_and_knows_its_folder(write):
    inner = "from dlcourse import homework\nreport = homework.check('tiny.ipynb')\nreport"
    inner = f"{inner}\nassert report is None and homework.submit('ada') is None, 'again'"
    path = write(root=f"# GRADED: root\n{inner}\ndef root(x):\n    return 1.5")
    report = homework.check(path)
    assert report.notes == []
    assert lines(report)["root"] == ("passes", 1, 1)


def test_check_works_inside_a_notebook(write, tmp_path):
    write(**RIGHT)
    from nbclient import NotebookClient

    cell = "from dlcourse import homework\nhomework.check('tiny.ipynb')"
    nb = new_notebook(cells=[new_code_cell(cell)])
    NotebookClient(
        nb, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    assert "<table>" in nb.cells[0].outputs[-1].data["text/html"]
    assert "passes" in nb.cells[0].outputs[-1].data["text/plain"]


def test_a_check_that_was_emptied_passes_nothing(write):
    path = write(**RIGHT)
    nb = nbformat.read(path, 4)
    nb.cells[2].source = "# CHECK: double · 2 points\n"
    nbformat.write(nb, path)
    report = homework.check(path)
    assert lines(report)["double"] == ("fails", 0, 2)
    assert "no points" in report.lines[0].message


def test_death_of_the_kernel_costs_its_own_part_only(write):
    helper = "# GRADED: root\ndef root(x):\n    return half(x)\ndef half(x):\n    return x / 2"
    path = write(
        double="# GRADED: double\nimport os\nos._exit(1)", square=RIGHT["square"], root=helper
    )
    report = homework.check(path)
    assert lines(report)["double"] == ("fails", 0, 2)
    assert "Python ended in this cell" in report.lines[0].message
    assert lines(report)["square"] == ("passes", 3, 3)
    assert lines(report)["root"] == ("passes", 1, 1)


def test_a_machine_without_a_kernel_is_told_in_one_line(write, monkeypatch):
    from jupyter_client.kernelspec import NoSuchKernel

    def start(*_: object, **__: object) -> None:
        raise NoSuchKernel("python3")

    monkeypatch.setattr("jupyter_client.KernelManager.start_kernel", start)
    with pytest.raises(ValueError, match="pip install ipykernel"):
        homework.check(write(**RIGHT))


def test_untouched_is_known_with_and_without_metadata(write):
    for stubs in (True, False):
        path = write(stubs=stubs, double=RIGHT["double"])
        untouched = [
            part.name for part in sheet.parts(sheet.read(path), path) if not part.attempted
        ]
        assert untouched[:2] == ["square", "root"]


def test_an_untouched_notebook_from_colab_is_known_without_a_kernel(tmp_path, monkeypatch):
    """Colab drops cell ids and may drop all metadata; then nothing but the marker lines is left."""
    released = Path(__file__).parents[3] / "assignments/03_cnn/03_cnn.ipynb"
    nb = json.loads(released.read_bytes())
    nb |= {"nbformat_minor": 0, "metadata": {"colab": {"provenance": []}}}
    for number, cell in enumerate(nb["cells"]):
        del cell["id"]
        cell["metadata"] = {"id": f"x{number}"}
    (tmp_path / "Copy_of_03_cnn.ipynb").write_text(json.dumps(nb))
    monkeypatch.setattr(checking, "_run", None)
    report = lines(homework.check(tmp_path / "Copy_of_03_cnn.ipynb"))
    assert len(report) == 7
    assert {verdict for verdict, _, _ in report.values()} == {"not attempted"}
    assert sum(points for _, _, points in report.values()) == 17


def test_submit_packs_the_bytes_under_student_and_time(write, tmp_path):
    path = write("tiny (1).ipynb", double=RIGHT["double"])
    written = homework.submit("0123.x@y-z", path, tmp_path / "out", check=False)
    target = written.path
    assert written.untouched == ["square", "root", "why"]
    assert re.fullmatch(r"tiny_0123\.x@y-z_\d{8}T\d{6}Z\.zip", target.name)
    with zipfile.ZipFile(target) as archive:
        (name,) = archive.namelist()
        assert re.fullmatch(r"0123\.x@y-z/\d{8}T\d{6}Z/tiny\.ipynb", name)
        assert json.loads(archive.read(name)) == json.loads(path.read_bytes())


def test_submit_leaves_outputs_and_the_state_of_widgets_out(write, tmp_path):
    path = write(double=RIGHT["double"])
    bare = json.loads(path.read_bytes())
    nb = nbformat.read(path, 4)
    nb.cells[1].update(execution_count=3, outputs=[nbformat.v4.new_output("stream", text="x")])
    nb.metadata["widgets"] = {"state": {}}
    nbformat.write(nb, path)
    written = homework.submit("ada", path, tmp_path / "out", check=False)
    with zipfile.ZipFile(written.path) as archive:
        assert json.loads(archive.read(archive.namelist()[0])) == bare


HALF = {"double": "# GRADED: double\ndef double(x):\n    return 7", "square": RIGHT["square"]}


def test_submit_names_what_fails_and_what_is_missing_and_writes(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(**HALF)
    written = homework.submit("ada")
    assert (written.untouched, written.failing) == (["root", "why"], ["double"])
    assert "Not attempted yet: root, why.\nFailing the visible check: double.\n" in repr(written)
    assert "tiny.ipynb as saved on " in repr(written)
    assert written.path.is_file()
    assert homework.submit("ada", check=False).failing == []


@pytest.mark.parametrize(
    "error, says",
    [
        (KeyboardInterrupt(), "Not checked: you stopped the checks."),
        (ImportError("no jupyter_client"), "Not checked: no jupyter_client."),
    ],
)
def test_submit_writes_where_the_checks_cannot_run(write, tmp_path, monkeypatch, error, says):
    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr(checking, "_run", stop)
    written = homework.submit("ada", write(**HALF), tmp_path / "out")
    assert says in repr(written)
    assert written.path.is_file()


def test_in_grading_a_notebook_neither_checks_itself_nor_hands_in(write, tmp_path, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    path = write(**HALF)
    assert homework.check(path) is None
    assert homework.submit("ada", path, tmp_path / "out") is None
    assert os.listdir(tmp_path) == ["tiny.ipynb"]


def test_submit_refuses_what_grading_would_not_read(write, tmp_path, monkeypatch):
    monkeypatch.setattr(hand_in, "MAX_BYTES", 100)
    with pytest.raises(ValueError, match=r"without its outputs.* make the pictures"):
        homework.submit("ada", write(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("student", ["", "../eve", "a/b", "a b", ".x", "ada\n", "03_cnn.ipynb"])
def test_submit_refuses_odd_student_ids(write, tmp_path, student):
    path = write()
    with pytest.raises(ValueError, match="no student id"):
        homework.submit(student, path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_reset_restores_one_part_and_keeps_every_version(write, tmp_path, monkeypatch):
    path = write(**RIGHT)
    nb = nbformat.read(path, 4)
    nb.cells[1].update(execution_count=3, outputs=[nbformat.v4.new_output("stream", text="x")])
    nbformat.write(nb, path)
    mine = path.read_bytes()
    monkeypatch.chdir(tmp_path)
    notebook, copy = homework.reset("double")
    assert (notebook.name, copy.name) == ("tiny.ipynb", "tiny.mine.ipynb")
    assert copy.read_bytes() == mine
    cells = nbformat.read(path, 4).cells
    assert cells[1].source == STUB.format("double")
    assert (cells[1].outputs, cells[1].execution_count) == ([], None)
    assert cells[3].source == RIGHT["square"]
    assert homework.reset("why", path)[1].name == "tiny.2.mine.ipynb"
    assert copy.read_bytes() == mine


@pytest.mark.parametrize(
    "stubs, part, says",
    [
        (True, "dobule", r"\(did you mean double\?\); it has: double, square, root, why"),
        (False, "double", "fetch a new"),
    ],
)
def test_reset_that_cannot_be_done_changes_nothing(write, stubs, part, says):
    path = write(stubs=stubs, **RIGHT)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=says):
        homework.reset(part, path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["tiny.ipynb"]


def test_reset_asks_when_several_notebooks_have_the_part(write, monkeypatch, tmp_path):
    write("a.ipynb"), write("b.ipynb"), write("c.mine.ipynb")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="in 2 notebooks here; name one"):
        homework.reset("double")
    with pytest.raises(ValueError, match="in no notebook here; name one"):
        homework.reset("triple")
    with pytest.raises(ValueError, match=r"in no notebook here \(did you mean double\?\)"):
        homework.reset("doubel")


CELL = {"cell_type": "markdown", "metadata": {}, "source": "x"}


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "not a notebook or was cut off"),
        ('{"cells": [{"cell_type": "co', "not a notebook or was cut off"),
        ("\x00\xff", "not a notebook or was cut off"),
        ("[]", "format 4"),
        ('{"nbformat": 3, "worksheets": []}', "format 4"),
        (
            '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [7]}',
            "not a whole notebook",
        ),
        (
            json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [CELL]}),
            "ASSIGNMENT",
        ),
    ],
)
def test_what_is_no_assignment_gets_one_clear_line(tmp_path, text, says):
    path = tmp_path / "odd.ipynb"
    path.write_text(text, encoding="latin-1")
    for act in (
        homework.check,
        lambda p: homework.submit("ada", p, tmp_path),
        lambda p: homework.reset("a", p),
    ):
        with pytest.raises(ValueError, match=says) as caught:
            act(path)
        assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == ["odd.ipynb"]
