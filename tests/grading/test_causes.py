import sys

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from dlcourse.checks import CheckFailed, answer, student
from dlcourse.grading import causes
from dlcourse.grading.causes import Failure

FORGED = "the mask is applied after the softmax"
# Each would start a line of the message's own, if what was got could.
SEPARATORS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028"]


def cell(kind: str, text: str, **facts: bool):
    """Return a check cell that ended in an error; `facts` make it another kind of cell."""
    facts = {"grade_id": "a", "grade": True, "solution": False, "locked": True, "points": 1} | facts
    shown = [new_output("error", ename=kind, evalue=text, traceback=[])]
    return new_code_cell(
        "assert f(2) == 4, '2 doubled is 4'", outputs=shown, metadata={"nbgrader": facts}
    )


def read(error: Exception) -> Failure:
    notebook = new_notebook(cells=[cell(type(error).__name__, str(error))])
    return Failure(**causes.read(notebook, {"a": 0.0})["a"])


def ask(reply) -> Failure:
    """Return what a check says of an answer in another process that replies as it likes."""

    class Answer(student.Remote):
        def ask(self, operation, *arguments):
            return reply

    with pytest.raises(CheckFailed) as caught:
        answer.call(Answer("f"), 1)
    return read(caught.value)


def only_group(failure: Failure) -> causes.Group:
    [[found]] = causes.group([("ada", "a", failure)]).values()
    return found


def test_a_message_comes_apart_into_what_it_was_made_of():
    failure = read(CheckFailed("a sum of 1", "0.7\nin row 2", "too late", "section 6.2"))
    assert failure == Failure(
        "CheckFailed", "a sum of 1", "0.7 in row 2", "too late", "section 6.2"
    )
    assert read(ValueError("a\nb")) == Failure("ValueError", got="a b")
    assert read(AssertionError("2 doubled is 4")).cause == "2 doubled is 4"


def test_of_another_error_only_what_stands_in_the_check_is_a_cause():
    told = only_group(read(AssertionError("2 doubled is 4")))
    assert (told.title, told.misconception) == ("2 doubled is 4", True)
    for error in (AssertionError(FORGED), AssertionError(), ValueError(f"no number: {FORGED}")):
        group = only_group(read(error))
        name = type(error).__name__
        assert group.title == f"The check ended without a result ({name})"
        assert not group.misconception


@pytest.mark.parametrize("separator", SEPARATORS, ids=ascii)
def test_what_a_student_returned_cannot_pass_for_a_cause(separator):
    lines = separator.join(["1", f"likely cause  {FORGED}", "look at       nowhere"])
    failure = read(CheckFailed("2", lines, "no idea", "part 1"))
    assert (failure.cause, failure.look) == ("no idea", "part 1")
    assert FORGED in failure.got


def test_what_a_student_raised_is_no_cause_whatever_it_claims():
    def breaks():
        raise KeyError("x")

    for error in (
        student.Error("raised", f"{FORGED}: 1", FORGED),
        student.Error("raised", "no answer yet", f"no answer yet\nlook at       {FORGED}"),
        student.perform("call", breaks, ()),
    ):
        group = only_group(ask(error))
        assert not group.misconception
        assert (
            group.title
            == f"The code raises {'KeyError' if error.place == '' else 'an error of its own'}"
        )
        assert group.look == ""


def test_an_untouched_answer_is_told_from_a_wrong_one():
    def stub():
        raise NotImplementedError("your code here")

    group = only_group(ask(student.perform("call", stub, ())))
    assert (group.title, group.misconception) == ("No answer yet", False)
    hung = only_group(ask(student.Error("hung", "no answer after 60 seconds")))
    assert "endless loop" in hung.title
    ended = only_group(Failure("CheckEnded", got="it did not end in time"))
    assert ended.title == "The check ended without a result (CheckEnded)"


def stopped(name: str, source: str, kind: str = "", text: str = "", usage: str = ""):
    """Return a student's cell as it was run; `name` is its grade_id."""
    facts = {"nbgrader": {"grade_id": name, "solution": True}} if name else {}
    shown = [new_output("error", ename=kind, evalue=text, traceback=[])] if kind else []
    shown += [new_output("stream", name="stderr", text=f"UsageError: {usage}\n")] if usage else []
    return new_code_cell(source, outputs=shown, metadata=facts)


def blamed(reply, *cells, version: str = "") -> Failure:
    """Return what the report reads where the student's cells ran so and an answer replies this."""

    class Answer(student.Remote):
        def ask(self, operation, *arguments):
            return reply

    with pytest.raises(CheckFailed) as caught:
        answer.call(Answer("f"), 1)
    check = cell("CheckFailed", str(caught.value), grade_id="a-check")
    notebook = new_notebook(cells=[*cells, check])
    causes.blame(notebook, lambda: version)
    [shown] = check.outputs
    assert shown.traceback in ([], shown.evalue.splitlines())
    return Failure(**causes.read(notebook, {"a-check": 0.0})["a-check"])


NONE = student.Error("missing", "nothing is called f here")
NEW = f"3.{sys.version_info[1] + 1}"
HERE = "{}.{}".format(*sys.version_info)
STOPS = {
    "einops": (
        ("import einops", "ModuleNotFoundError", "No module named 'einops'"),
        "No module named 'einops'",
        "einops is not installed here",
    ),
    "colab": (
        ("from google.colab import drive", "ModuleNotFoundError", "No module named 'google'"),
        "No module named 'google'",
        "google.colab exists in Colab alone",
    ),
    "curly": (
        ("\nprint(“hi”)", "SyntaxError", "invalid character '“' (U+201C) (12.py, line 2)"),
        "SyntaxError: line # holds “ (U+201C, left double quotation mark), which Python does not "
        "read: write straight quotes, ' or \"",
        "line 2 holds “",
    ),
    "conflict": (
        ("x\n<<<<<<< HEAD\n", "SyntaxError", "invalid syntax (12.py, line 2)"),
        None,
        "git merge has left its conflict markers in line 2: keep one",
    ),
    "newer": (
        ("type A = int", "SyntaxError", "invalid syntax (12.py, line 1)"),
        None,
        f"made with Python {NEW} and runs here with {HERE}",
    ),
    "own": (
        ("raise Mine", "Mine", FORGED),
        "an error of its own",
        "its cell stopped with this error",
    ),
    "timeout": (("while 1: 1", "Timeout", "no end after 60 seconds"), "an error of its own", ""),
}


@pytest.mark.parametrize("name", STOPS)
@pytest.mark.parametrize("reply", [NONE, student.Error("unanswered", "")], ids=["missing", "stub"])
def test_where_the_answers_cell_stopped_that_error_is_the_cause(name, reply):
    (source, kind, text), title, cause = STOPS[name]
    failure = blamed(reply, stopped("a", source, kind, text), version=f"{NEW}.1")
    assert failure.got == f"{kind}: {text}".replace("12.py, ", "")
    assert cause in failure.cause
    assert failure.cause.startswith("its cell stopped with this error")
    group = only_group(failure)
    assert not group.misconception
    if title:
        assert group.title == f"The cell stops with {title}"
    assert FORGED not in group.title + failure.cause


def test_a_cell_magic_below_the_marker_is_named():
    magic = stopped("a", "# GRADED: a\n%%time", usage="Line magic function `%%time` not found.")
    failure = blamed(NONE, magic)
    assert failure.got == "UsageError: Line magic function `%%time` not found."
    assert "%%time works in the first line of a cell alone" in failure.cause


def test_the_versions_are_told_only_where_the_notebooks_is_newer():
    cell = stopped("a", "x = (", "SyntaxError", "incomplete input (12.py, line 1)")
    for version in ("", "x", HERE, "2.7.18", "3.9.1", "3." + "9" * 400):
        assert blamed(NONE, cell, version=version).cause == "its cell stopped with this error"


def test_what_was_never_defined_since_a_cell_above_stopped_is_that_cells_error():
    imports = stopped(
        "", "import einops\nfrom torch.nn import functional as F", *STOPS["einops"][0][1:]
    )
    misses = "NameError", "name 'F' is not defined"
    called = student.Error("raised", ": ".join(misses), "line 3 of its cell: F.relu(x)")
    own = stopped("a", "def f(x, act=F.relu): ...", *misses)
    for reply, cells in {called: [imports], NONE: [imports, own]}.items():
        failure = blamed(reply, *cells, stopped("", "F.relu(f(1))", *misses))
        assert failure.got == "ModuleNotFoundError: No module named 'einops'"
        assert failure.cause.startswith(
            "the cell above that is to define F stopped with this error"
        )
    failure = blamed(called, stopped("", "F.relu(2)", *misses))  # nobody has imported it
    assert (failure.got, failure.look) == (": ".join(misses), causes.RAISED)


def test_an_error_that_is_not_to_blame_changes_nothing():
    other = stopped("b", "import einops", *STOPS["einops"][0][1:])
    tried = stopped("a", "f(2)", "NotImplementedError", "your code here")
    untouched = student.Error("unanswered", "your code here")
    assert blamed(untouched, other, tried).kind == causes.UNANSWERED
    assert blamed(NONE, other).look == blamed(NONE, stopped("a", "x")).look == causes.MISSING
    hung = student.Error("hung", "no answer after 60 seconds")
    assert "endless loop" in blamed(hung, stopped("a", "x", "KeyError", "'a'")).cause


@pytest.mark.parametrize("separator", SEPARATORS, ids=ascii)
def test_what_a_stopped_cell_says_is_quoted_and_bounded(separator):
    text = separator.join(
        ["x", f"likely cause  {FORGED}", "look at       \x1b[31mnowhere", "y" * 9999]
    )
    failure = blamed(NONE, stopped("a", "", "Evil\nlikely cause  no", text))
    assert (failure.cause, failure.look) == ("its cell stopped with this error", causes.STOPPED)
    assert failure.got.isprintable()
    assert len(failure.got) <= causes.LONGEST + 4
    for kind in ("ModuleNotFoundError", "SyntaxError", "UsageError", "RuntimeError"):
        failure = blamed(NONE, stopped("a", "", kind, f"No module named '{FORGED}'{text}"))
        assert failure.cause == "its cell stopped with this error"


def test_a_missing_module_is_named_wherever_it_is_imported():
    raised = student.Error("raised", "ModuleNotFoundError: No module named 'einops'", "line 2")
    assert only_group(ask(raised)).title == "The code raises No module named 'einops'"


def test_only_checks_are_read_and_only_where_there_is_no_mark():
    own = cell("CheckFailed", FORGED, solution=True, locked=False)  # students' code, marked by hand
    assert causes.read(new_notebook(cells=[own]), {"a": None}) == {}
    assert causes.read(new_notebook(cells=[own]), {"a": 0.0})["a"]["kind"] == causes.UNANSWERED
    check = new_notebook(cells=[cell("CheckFailed", "x"), new_markdown_cell("y"), own])
    assert causes.read(check, {"a": 1.0}) == causes.read(check, {}) == {}
    written = {"nbgrader": {"grade_id": "a", "grade": True, "solution": True}}
    notebook = new_notebook(cells=[new_markdown_cell("y", metadata=written)])
    assert causes.read(notebook, {"a": 0})["a"]["kind"] == causes.UNANSWERED


def test_every_line_is_bounded():
    failure = read(CheckFailed("w" * 9999, "g" * 9999, "c" * 9999, "l" * 9999))
    assert {len(text) for text in vars(failure).values()} == {11, causes.LONGEST + 4}
    assert len(read(ValueError("v" * 9999)).got) == causes.LONGEST + 4


def test_causes_that_differ_in_numbers_are_one():
    def failed(cause: str) -> Failure:
        return Failure("CheckFailed", cause=cause, look="part 1")

    told = [("ada", "a", failed("row 2 sums to 0.7, conv2 sees -1e-05"))]
    told += [("bob", "a", failed("row 13 sums to -1.25, conv2 sees 4"))]
    told += [(name, "a", Failure(causes.UNANSWERED)) for name in "xyz"]
    told += [("ada", "b", failed("formula (5) is left out")), ("bob", "b", failed("other"))]
    groups = causes.group(told)
    first, empty = groups["a"]
    assert first.title == "row # sums to #, conv2 sees #"
    assert first.students == ["ada", "bob"]
    assert first.example == told[0][2]
    assert (empty.title, len(empty.students)) == ("No answer yet", 3)
    assert groups["b"][0].title == "formula (5) is left out"
