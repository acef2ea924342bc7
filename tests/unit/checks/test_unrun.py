"""A check that is run before what it stands on says which cells to run, in a student's kernel."""

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from dlcourse.checks import answer, student
from dlcourse.checks.failure import ABOVE

CHECK = """# CHECK: soft-pool · 3 points
from dlcourse import checks

checks.cnn.soft_pool(soft_pool)
3"""
CELLS = [
    CHECK,
    "# GRADED: soft-pool\ndef soft_pool(x, kernel_size, stride):\n    return F.avg_pool2d(x, 2)",
    CHECK,
    "# CHECK: other · 1 points\ntorch.ones(2)\n1",
    "mine",
]


@pytest.fixture
def run(monkeypatch):
    """Run CELLS in a new kernel and return the error that each shows: its kind and its text."""

    def run(static: str) -> list[tuple[str, str]]:
        monkeypatch.setenv("DLCOURSE_STATIC", static)
        notebook = new_notebook(cells=[new_code_cell(cell) for cell in CELLS])
        NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
        errors = [cell.outputs[0] if cell.outputs else {} for cell in notebook.cells]
        return [(each.get("ename", ""), "\n".join(each.get("traceback", []))) for each in errors]

    return run


def test_which_cells_to_run_is_told_in_four_lines(run):
    (early, first), (none, _), (late, second), (bare, third), (own, last) = run("0")
    assert (early, none, late, bare, own) == ("CheckFailed", "", *2 * ["CheckFailed"], "NameError")
    assert "nothing is called soft_pool here yet" in first
    assert "the cell with your answer has not been run" in first
    assert "a result from soft_pool\n" in second
    for text, name in ((second, "F"), (third, "torch")):
        assert f"nothing is called {name} here yet" in text
        assert "the cell with the imports, at the top, has not been run" in text
    for text in (first, second, third):
        assert len(text.splitlines()) == 4
        assert text.endswith(ABOVE)
    assert "Traceback" in last


def test_where_nobody_looks_errors_are_what_they_are(run):
    kinds = [kind for kind, _ in run("1")]
    assert kinds == ["NameError", "", "CheckFailed", "NameError", "NameError"]


def test_of_an_answer_in_another_process_nothing_new_is_said():
    class Elsewhere(student.Remote):
        def ask(self, *_):
            return student.Error("raised", "NameError: name 'F' is not defined", "line 2: F")

    with pytest.raises(answer.CheckFailed) as caught:
        answer.call(Elsewhere("soft_pool"))
    assert caught.value.cause == "line 2: F"
