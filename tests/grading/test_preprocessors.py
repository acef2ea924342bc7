import copy

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.utils import determine_grade

from dlcourse.grading.preprocessors import HideTests, KeepStubs, RequirePoints


def cell(*outputs: NotebookNode, source: str = "3", points: float = 3, solution: bool = False):
    facts = {"grade": True, "grade_id": "a-check", "points": points, "solution": solution}
    return new_code_cell(source, outputs=list(outputs), metadata={"nbgrader": facts})


def shown(text: str) -> NotebookNode:
    return new_output("execute_result", data={"text/plain": text}, execution_count=1)


def printed(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


FAILED = new_output("error", ename="CheckFailed", evalue="no", traceback=["source of the test"])


@pytest.mark.parametrize(
    "outputs, mark",
    [
        ([shown("3")], 3),
        ([shown("3.0")], 3),
        ([printed("UserWarning: old", "stderr"), shown("3")], 3),
        ([printed("loss 0.1"), shown("3")], 3),
        ([], 0),  # silence
        ([printed("3")], 0),  # a number that was only printed
        ([printed("x", "stderr")], 0),
        ([shown("2")], 0),  # all or nothing
        ([shown("99")], 0),  # nbgrader would stop here
        ([shown("nan")], 0),
        ([shown("'3 points'")], 0),  # nbgrader gives text everything
        ([shown("-1")], 0),
        ([shown("3"), shown("3")], 0),  # one of them is not the check's
        ([shown("3"), FAILED], 0),  # nbgrader believes what comes first
        ([FAILED], 0),
        ([new_output("display_data", data={"text/plain": "3"})], 0),
    ],
)
def test_only_exactly_its_points_earn_a_check_its_points(outputs, mark):
    nb = new_notebook(cells=[cell(*outputs)])
    RequirePoints().preprocess(nb, {})
    assert determine_grade(nb.cells[0]) == (mark, 3)


def test_what_is_no_check_is_left_alone():
    answer = cell(printed("x", "stderr"), solution=True)
    plain = new_code_cell("1", outputs=[shown("1"), printed("x", "stderr")])
    nb = new_notebook(cells=[answer, plain, new_markdown_cell("text")])
    before = copy.deepcopy(nb)
    assert RequirePoints().preprocess(nb, {})[0] == before


def test_feedback_has_what_the_check_said_and_no_hidden_test():
    source = "a\n### BEGIN HIDDEN TESTS\nsecret(1)\n### END HIDDEN TESTS\n"
    source += "b\n    # BEGIN HIDDEN TESTS\nsecret(2)\n# END HIDDEN TESTS\n3"
    answer = new_code_cell("# BEGIN HIDDEN TESTS\nmine", metadata={"nbgrader": {"solution": True}})
    warned = printed("old.py: UserWarning\n  secret(3)", "stderr")
    nb = new_notebook(cells=[cell(warned, printed("fine"), source=source), answer])
    HideTests().preprocess(nb, {})
    assert nb.cells[0].source == "a\nb\n3"
    assert nb.cells[0].outputs == [printed("fine")]
    assert nb.cells[1].source == answer.source
    assert "secret" not in str(nb)


@pytest.mark.parametrize(
    "name, value, told",
    [
        ("CheckFailed", "want 1\ngot  2", ["want 1", "got  2"]),
        ("NoPoints", "ended without", ["ended without"]),
        ("AssertionError", "4 is even\n  secret == 4", ["4 is even"]),
        ("AssertionError", "", ["the check could not be completed: AssertionError"]),
        ("KeyError", "secret", ["the check could not be completed: KeyError"]),
        ("TypeError", "secret() takes 2", ["the check could not be completed: TypeError"]),
    ],
)
def test_feedback_tells_what_was_written_for_students_only(name, value, told):
    error = new_output("error", ename=name, evalue=value, traceback=["secret(1)"])
    nb = new_notebook(cells=[cell(error)])
    HideTests().preprocess(nb, {})
    assert nb.cells[0].outputs[0].traceback == told
    assert "secret" not in str(nb)


def test_stubs_of_answers_are_kept_and_the_names_of_files_beside(tmp_path):
    facts = {"nbgrader": {"solution": True, "grade": False, "grade_id": "a"}}
    nb = new_notebook(
        cells=[new_code_cell("stub", metadata=facts), cell(), new_markdown_cell("text")]
    )
    step = KeepStubs()
    step.config.CourseDirectory.root = str(tmp_path)
    step.config.CourseDirectory.release_directory = "assignments"
    resources = {"nbgrader": {"assignment": "tiny"}}
    (tmp_path / "assignments/tiny/data").mkdir(parents=True)
    (tmp_path / "assignments/tiny/tiny.ipynb").touch()
    step.preprocess(nb, resources)
    assert nb.metadata == {"dlcourse_stubs": {"a": "stub"}}
    (tmp_path / "assignments/tiny/data/n.txt").touch()
    step.preprocess(nb, resources)
    assert nb.metadata.dlcourse_files == ["data/n.txt"]
