"""Every wrong answer is rejected with its cause, every right one gets all points.

How they are read: authoring/answers.py.
"""

import ast
import re
import warnings

import pytest
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearOutput, ClearSolutions
from traitlets.config import PyFileConfigLoader

from dlcourse.authoring import answers, kill_table, myst
from dlcourse.checks import CheckFailed

PARTS = [part for name in answers.assignments() for part in answers.parts(name).values()]
each_part = pytest.mark.parametrize(
    "part", [pytest.param(part, id=f"{part.assignment}-{part.name}") for part in PARTS]
)
each_assignment = pytest.mark.parametrize("assignment", answers.assignments())
CASES = [
    pytest.param(part, answer, id=f"{part.assignment}-{part.name}-{answer.name}")
    for part in PARTS
    for answer in answers.written(part) + answers.cheats(part)
]


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """A student's code may warn; that costs no point."""
    monkeypatch.setenv("DLCOURSE_STATIC", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize(("part", "answer"), CASES)
def test_answer_gets_what_it_deserves(part, answer):
    verdict = answers.mark(part, answer.source)
    if answer.right:
        assert verdict == answers.Verdict(part.points), answers.message(verdict)
        return
    assert verdict.points == 0, "no check rejects it"
    assert isinstance(verdict.error, CheckFailed), f"not by a check: {verdict.error!r}"


@each_part
def test_reference_gets_all_points(part):
    verdict = answers.mark(part, part.answer)
    assert verdict == answers.Verdict(part.points), answers.message(verdict)


@each_part
def test_there_are_enough_answers(part):
    found = answers.written(part)
    wrong = [answer for answer in found if not answer.right]
    assert len(wrong) >= 5
    assert len(found) - len(wrong) >= 2
    assert [answer.name for answer in wrong if not answer.says] == [], "no line `# says: ...`"
    assert len({answer.source for answer in found} | {part.answer}) == len(found) + 1


@each_assignment
def test_nine_of_ten_wrong_answers_are_told_their_cause(assignment):
    wrong = [
        (
            f"{part.name}/{answer.name}: {answer.says!r}",
            answer.says,
            answers.mark(part, answer.source),
        )
        for part in answers.parts(assignment).values()
        for answer in answers.written(part)
        if not answer.right
    ]
    missed = [
        f"{name}\n{answers.message(v)}" for name, says, v in wrong if says not in answers.message(v)
    ]
    assert len(missed) <= len(wrong) / 10, "\n\n".join(missed)


@pytest.fixture(scope="module")
def released():
    """Return a function that clears an assignment for students, as we configure nbgrader."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(answers.ROOT)).load_config()
    steps = [
        step(config=config)
        for step in (ClearSolutions, ClearOutput, ClearHiddenTests, ClearMarkScheme)
    ]

    def release(assignment):
        notebook = answers.notebook(assignment).copy()
        notebook.cells = [cell.copy() for cell in notebook.cells]
        for step in steps:
            notebook, _ = step.preprocess(notebook, {})
        return notebook

    return release


@each_assignment
def test_untouched_release_gets_nothing_and_says_so(assignment, released):
    cells = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in released(assignment).cells
        if "nbgrader" in cell.metadata
    }
    for part in answers.parts(assignment).values():
        verdict = answers.mark(part, cells[part.name])
        assert verdict.points == 0
        assert "no answer yet" in answers.message(verdict)
        visible = answers.SolvedPart(
            part.assignment, part.name, part.answer, cells[f"{part.name}-check"], 0
        )
        assert answers.mark(visible, part.answer) == answers.Verdict(part.points)


@each_assignment
def test_nothing_secret_is_released(assignment, released):
    from dlcourse.grading.release.leaks import Secrets

    source = answers.notebook(assignment)
    secrets = Secrets(answers.ROOT / "solutions", answers.WRITTEN)
    text = "\n".join(cell.source for cell in released(assignment).cells)
    assert secrets.find(text) == []
    for path in answers.WRITTEN.glob(f"{assignment}/*/*.py"):
        assert path.read_text("utf-8").splitlines()[0] not in text
    # The search itself finds what it is to find.
    assert secrets.find("\n".join(cell.source for cell in source.cells))


@each_assignment
def test_points_agree_in_statement_marker_call_and_metadata(assignment):
    in_table, total = {}, 0
    exercise, stated, marked = None, {}, {}
    for cell in answers.notebook(assignment).cells:
        if match := re.search(r"^\*(\d+) points · ", cell.source, re.MULTILINE):
            total = int(match[1])
        in_table |= {
            int(number): [int(points) for points in column.split("+")]
            for number, column in re.findall(
                r"^\| (\d+) .*\| ([\d +]+) \|$", cell.source, re.MULTILINE
            )
        }
        if match := re.search(r"^## Exercise (\d+)\.", cell.source, re.MULTILINE):
            exercise = int(match[1])
            line = re.search(
                r"^\*Difficulty ([1-5]) of 5 · (\d+) minutes · (.*)\*$", cell.source, re.MULTILINE
            )
            assert line, f"exercise {exercise}: no line *Difficulty N of 5 · N minutes · N points*"
            stated[exercise] = [int(points) for points in re.findall(r"(\d+) points?", line[3])]
            assert cell.source.count("<details>") == 3, f"exercise {exercise}: three folded hints"
        grading = cell.metadata.get("nbgrader", {})
        if not grading.get("grade"):
            continue
        points = grading["points"]
        marked.setdefault(exercise, []).append(points)
        if cell.cell_type == "code":
            assert re.match(rf"# CHECK: [\w-]+ · {points} points?\n", cell.source)
            assert cell.source.endswith(f"\nchecks.points({points})")
        else:
            assert re.search(rf"<!-- GRADED: [\w-]+ · {points} points? -->", cell.source)
    assert stated == marked, "points by exercise: below its heading, and in its markers"
    assert in_table == marked, "points by exercise: in the table of the title cell, and in markers"
    assert sum(map(sum, marked.values())) == total, "the title cell's line *N points · ...*"


@each_assignment
def test_statements_say_whether_gradients_must_flow(assignment):
    text = "\n".join(cell.source for cell in answers.notebook(assignment).cells)
    stated = {}
    for name, to in re.findall(
        r"^.*Gradients must flow through .*`(\w+)` to `?([\w ]+)", text, re.M
    ):
        stated.setdefault(name, []).append({to})
    for names in re.findall(r"^No gradients are asked of (.*)\.$", text, re.M):
        for name in re.findall(r"`(\w+)`", names):
            stated.setdefault(name, []).append(set())
    found = {}
    for part in answers.parts(assignment).values():
        last = ast.parse(part.answer).body[-1]
        names, to = [argument.arg for argument in last.args.args], set()
        for operation, arguments, _ in answers.asked(part):
            if operation == "grad":
                to |= {names[i] for i in arguments[1]}
            if operation == "learn":
                to.add("its weights")
        found.setdefault(last.name, []).append(to)
    assert stated == found, "what the statements say, and what the checks ask"


@each_assignment
def test_notebook_is_an_assignment(assignment):
    cells = answers.notebook(assignment).cells
    title = rf"^<!-- ASSIGNMENT: {assignment} v\d+ -->$"
    assert re.search(title, cells[0].source, re.MULTILINE), "the first cell says which it is"
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert code[0].metadata.get("tags") == ["setup"]
    other = [cell.source for cell in code[2:] if "nbgrader" not in cell.metadata]
    assert other == [myst.HAND_IN[1]], (
        "after set-up and imports each cell begins # GRADED:, # CHECK: or # LOCKED:"
    )


def test_kill_table_is_current():
    assert kill_table.TABLE.read_text("utf-8") == kill_table.table(), (
        "run `python -m dlcourse.authoring.kill_table`"
    )


def test_no_answers_for_nothing():
    """Each folder of tests/assignments belongs to an assignment and a part that are there."""
    there = {(part.assignment, part.name) for part in PARTS}
    assert {path.parent.parts[-2:] for path in answers.WRITTEN.glob("*/*/*.py")} == there
