"""One submission's run; test_isolation has the walls, test_hostile whole classes."""

import copy

import pytest
from nbformat.v4 import new_code_cell
from nbgrader.coursedir import CourseDirectory

from dlcourse.grading import unit
from dlcourse.grading.rooms import isolation
from dlcourse.grading.rooms.limits import Limits
from dlcourse.homework import execution

SHORT = Limits(cell_seconds=4, notebook_seconds=60)


@pytest.fixture(scope="module")
def bundle(released) -> unit.Bundle:
    course = CourseDirectory(root=str(released), release_directory="assignments")
    course.db_url = f"sqlite:///{released}/grading/gradebook.db"
    return unit.Bundle.load(course, "tiny", SHORT)


@pytest.fixture(scope="module")
def rooms():
    with isolation.choose() as opened:
        yield opened


RIGHT = {"double": "def double(x):\n    return x + x", "square": "def square(x):\n    return x * x"}


@pytest.fixture
def run(bundle, rooms):
    """Run the tiny assignment with these answers and further cells above; return the result."""

    def run(*above: str, using: unit.Bundle = bundle, **answers: str) -> unit.Result:
        nb = copy.deepcopy(using.notebook)
        for cell in nb.cells:
            cell.source = (RIGHT | answers).get(cell.id, cell.source)
        nb.cells[1:1] = [new_code_cell(source) for source in above]
        return unit.execute(nb, using, rooms)

    return run


def said(result: unit.Result, part: str) -> str:
    """Return what the check of a part says."""
    (cell,) = (cell for cell in result.notebook.cells if cell.id == f"{part}-check")
    return "\n".join(o.evalue for o in cell.outputs if o.output_type == "error")


def test_right_answers_earn_their_points_and_a_person_marks_the_rest(run):
    result = run()
    assert result.marks == {"double-check": 2, "square-check": 3, "why": 0}
    ran = [cell for cell in result.notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in ran] == [1, 2, 3, 4]


def test_wrong_answers_earn_nothing_and_hear_why(run):
    result = run(double="def double(x):\n    return abs(x) * 2")
    assert result.marks["double-check"] == 0
    assert result.marks["square-check"] == 3
    assert said(result, "double") == "negative numbers too"


def test_an_answer_that_is_gone_is_named(run):
    result = run(double="def doubled(x):\n    return 2 * x")
    assert "a function named double" in said(result, "double")


@pytest.mark.parametrize(
    "body",
    [
        "import os; os._exit(0)",
        "import ctypes; ctypes.string_at(0)",
        "import signal, os; os.kill(os.getpid(), signal.SIGKILL)",
    ],
)
def test_a_death_costs_its_own_part_only(run, body):
    result = run("helper = lambda x: x * x", double=f"def double(x):\n    {body}")
    assert result.marks == {"double-check": 0, "square-check": 3, "why": 0}
    assert "ended Python" in said(result, "double")
    result = run(
        "def helper(x):\n    return x * x",
        double=body,
        square="def square(x):\n    return helper(x)",
    )
    assert result.marks == {"double-check": 0, "square-check": 3, "why": 0}
    assert any(o.get("ename") == "KernelEnded" for o in result.notebook.cells[2].outputs)


def test_exit_costs_its_own_cell_only(run):
    result = run(
        "def helper(x):\n    return x * x", "exit()", square="def square(x):\n    return helper(x)"
    )
    assert result.marks == {"double-check": 2, "square-check": 3, "why": 0}
    assert any(o.get("ename") == "SystemExit" for o in result.notebook.cells[2].outputs)


DEAF = """
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass"""


@pytest.mark.parametrize("loop", ["\n    while True:\n        pass", DEAF])
def test_an_endless_loop_costs_its_own_part_only(run, loop):
    result = run(double=f"def double(x):{loop}")
    assert result.marks == {"double-check": 0, "square-check": 3, "why": 0}
    assert "an endless loop" in said(result, "double")
    result = run(f"def loop():{loop}\nloop()")
    assert result.marks == {"double-check": 2, "square-check": 3, "why": 0}


def test_the_time_of_a_notebook_has_an_end(run, bundle):
    hurried = unit.Bundle("tiny", bundle.notebook, {}, Limits(cell_seconds=30, notebook_seconds=3))
    loop = "\nwhile True:\n    pass"
    result = run(using=hurried, **{part: RIGHT[part] + loop * 2 for part in RIGHT})
    assert "OutOfTime" in str(result.notebook) or "Timeout" in str(result.notebook)
    assert "not enough time for double" in result.reason


def test_a_students_own_experiments_leave_answers_and_checks_their_time(run, bundle):
    wait = "import time\ntime.sleep(99)"
    hurried = unit.Bundle("tiny", bundle.notebook, {}, Limits(cell_seconds=9, notebook_seconds=24))
    double = "def double(x):\n    return twice(x)"
    above = ["def twice(x):\n    return 2 * x", wait, wait, "1 + 1"]
    result = run(*above, using=hurried, double=double)
    assert result.marks == {"double-check": 2, "square-check": 3, "why": 0}
    assert result.reason == "not enough time for cell [3], cell [4]"  # a person must look
    assert "kept for answers" in result.notebook.cells[4].outputs[0].evalue


def test_a_death_does_not_let_experiments_run_twice_on_the_time_of_answers(run, bundle):
    slow = "import time\nfor _ in range(11):\n    time.sleep(1)"
    hurried = unit.Bundle("tiny", bundle.notebook, {}, Limits(cell_seconds=20, notebook_seconds=24))
    result = run(slow, using=hurried, double="def double(x):\n    import os; os._exit(0)")
    assert result.marks == {"double-check": 0, "square-check": 3, "why": 0}
    assert "cell [1]" in result.reason


def test_what_a_check_prints_of_an_answer_stays_in_the_students_process(run):
    result = run(double="def double(x):\n    print('I was given', x)\n    return 2 * x")
    assert result.marks["double-check"] == 2
    assert "I was given" not in str(result.notebook.cells[2:4])


PEEK = """
import gc, sys
def look():
    seen = [str(o) for o in gc.get_objects() if isinstance(o, (str, dict, list))]
    frame = sys._getframe()
    while frame:
        seen += [str(frame.f_locals), str(frame.f_code.co_consts)]
        frame = frame.f_back
    seen += list(get_ipython().user_ns.get("In", []))
    return any(" ".join(["11", "squared"]) in text for text in seen)  # not to find these words
def square(x):
    global found
    found = look()
    return x * x
"""


def test_hidden_tests_are_never_in_the_students_process(run, bundle):
    assert "11 squared" in str(bundle.notebook)  # so there is something to find
    longer = copy.deepcopy(bundle.notebook)
    longer.cells.append(new_code_cell("found"))
    with_look = unit.Bundle("tiny", longer, {}, SHORT)
    result = run(square=PEEK, using=with_look)
    assert result.marks["square-check"] == 3
    assert result.notebook.cells[-1].outputs[-1].data["text/plain"] == "False"


def test_grading_twice_gives_the_same_marks_and_logs_the_seeds(run):
    chance = "import random\ndef double(x):\n    return x + x if random.random() < 0.5 else 0"
    first, again = (run(double=chance) for _ in range(2))
    assert first.marks == again.marks
    assert first.log == again.log
    assert any(line.startswith("double-check: seed ") for line in first.log)


def test_seeds_differ_between_cells_and_assignments():
    seeds = {execution.seed_of(a, c) for a in ("one", "two") for c in ("x", "y")}
    assert len(seeds) == 4
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_files_of_the_assignment_lie_in_the_working_folder(run, bundle):
    with_file = unit.Bundle("tiny", bundle.notebook, {"data/n.txt": b"2"}, SHORT)
    double = "def double(x):\n    return factor * x"
    result = run("factor = int(open('data/n.txt').read())", using=with_file, double=double)
    assert result.marks["double-check"] == 2


SPAWN = """
import torch
from torch.utils.data import DataLoader, TensorDataset
@torch.compile
def double(x):
    two = TensorDataset(torch.ones(2))
    loader = DataLoader(two, num_workers=2, multiprocessing_context="spawn")
    return x * len(list(loader))"""


def test_compiled_functions_and_spawned_workers_run(run, bundle):
    patient = unit.Bundle("tiny", bundle.notebook, {}, Limits())
    result = run(double=SPAWN, using=patient)
    assert (result.marks["double-check"], said(result, "double")) == (2, "")


def test_an_error_that_only_the_reply_tells_is_kept(run):
    result = run("1\n%%time")  # IPython prints it and raises nothing
    assert any(o.get("ename") == "UsageError" for o in result.notebook.cells[1].outputs)


FLOODS = ["print('x' * 10**8)", "for i in range(10**5):\n    print(i, 'y' * 1000)"]


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_is_cut_and_costs_nothing(run, flood):
    result = run(flood)
    assert result.marks == {"double-check": 2, "square-check": 3, "why": 0}
    assert len(str(result.notebook.cells[1].outputs)) < 2 * SHORT.output


def test_warnings_cost_nothing(run):
    result = run(
        double="import warnings\ndef double(x):\n    warnings.warn('old')\n    return 2 * x"
    )
    assert result.marks["double-check"] == 2


ONE = "def double(x):\n    return 1"
CHEATS = {
    "points": f"{ONE}\nfrom dlcourse import checks\nchecks.points = lambda n: 2",
    "displayhook": "def double(x):\n    get_ipython().displayhook(2)",
    "assert": f"""import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return None
get_ipython().ast_transformers.append(Drop())
{ONE}""",
    "equal": """class Yes(int):
    __eq__ = lambda *_: True
    __hash__ = int.__hash__
def double(x):
    return Yes()""",
    "answering": f"""import sys, types
fake = types.ModuleType('answering')
fake.answer = lambda: print(2)
sys.modules['dlcourse.grading.rooms.inside.answering'] = fake
import dlcourse.grading.rooms.inside
dlcourse.grading.rooms.inside.answering = fake
{ONE}""",
    "pickle": "import dlcourse.grading.rooms.wire as w\n"
    f"w.pack = lambda v: b'\\x80\\x04K\\x02.'\n{ONE}",
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheats_in_the_students_process_earn_nothing(run, cheat):
    assert run(double=CHEATS[cheat]).marks["double-check"] == 0


def test_what_only_calls_itself_a_check_runs_beside_the_student(bundle, rooms):
    nb = copy.deepcopy(bundle.notebook)
    forged = new_code_cell(
        "get_ipython() is not None", metadata=copy.deepcopy(nb.cells[2].metadata)
    )
    forged.metadata.nbgrader.grade_id = "bonus-check"
    edited = copy.deepcopy(forged)
    edited.metadata.nbgrader.grade_id, edited.source = "double-check", "2"
    nb.cells[2:3] = [forged, edited]
    done = unit.execute(nb, bundle, rooms)
    assert "bonus-check: seed" not in str(done.log)
    assert done.marks["double-check"] == 0  # the stub under the bundle's own check


def test_a_check_that_ends_in_silence_earns_nothing(run, bundle):
    silent = copy.deepcopy(bundle.notebook)
    (cell,) = (cell for cell in silent.cells if cell.id == "double-check")
    cell.source = "x = 2"
    result = run(using=unit.Bundle("tiny", silent, {}, SHORT))
    assert result.marks["double-check"] == 0
    assert "without its points" in said(result, "double")


def test_a_check_that_is_broken_needs_a_person_and_a_broken_answer_does_not(run, bundle):
    broken = copy.deepcopy(bundle.notebook)
    (cell,) = (cell for cell in broken.cells if cell.id == "double-check")
    cell.source = "assert doubel(2) == 4\n2"
    result = run(
        using=unit.Bundle("tiny", broken, {}, SHORT), square="def square(x):\n    return y"
    )
    assert result.marks == {"double-check": 0, "square-check": 0, "why": 0}
    assert result.reason == "double-check is broken: NameError: name 'doubel' is not defined"


def test_a_check_that_ends_its_process_is_said_and_the_next_one_runs(run, bundle):
    broken = copy.deepcopy(bundle.notebook)
    (cell,) = (cell for cell in broken.cells if cell.id == "double-check")
    cell.source = "import os\nos._exit(1)"
    result = run(using=unit.Bundle("tiny", broken, {}, SHORT))
    assert result.marks == {"double-check": 0, "square-check": 3, "why": 0}
    assert "could not be completed" in said(result, "double")
    assert "double-check could not be completed" in result.reason  # a person must look


def test_a_cell_that_ends_the_next_kernel_too_is_left_out_of_it(run):
    # Silent cells are not in the history, and the second run is silent.
    nasty = "import os\nif len(In) < 2:\n    os._exit(0)"
    double, square = "import os\nos._exit(0)", "def square(x):\n    return x * twice(x) // 2"
    result = run(nasty, "def twice(x):\n    return 2 * x", double=double, square=square)
    assert result.marks["square-check"] == 3


def test_the_output_of_a_whole_notebook_has_a_limit(run, bundle):
    tight = unit.Bundle("tiny", bundle.notebook, {}, Limits(cell_seconds=4, outputs=3000))
    result = run("print('x' * 2000)", "print('y' * 2000)", "print('z' * 2000)", using=tight)
    assert result.marks == {"double-check": 2, "square-check": 3, "why": 0}
    assert str(result.notebook).count("y") < 1500
    assert "zz" not in str(result.notebook)
