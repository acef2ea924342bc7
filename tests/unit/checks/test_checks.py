"""What a check says, how it touches a student's answer, and what it makes of bad ones."""

import ast
import contextlib
import io
import subprocess
import sys

import numpy as np
import pytest
import torch
from IPython.core.displayhook import CapturingDisplayHook
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import determine_grade
from torch import nn

from dlcourse import checks
from dlcourse.authoring import answers
from dlcourse.checks import CheckFailed, answer, student
from dlcourse.runtime import set_seed

FAILURE = CheckFailed("a sum of 1", "0.7\nin row 2", "the mask comes too late", "section 6.2")
TEXT = """\
want          a sum of 1
got           0.7
              in row 2
likely cause  the mask comes too late
look at       section 6.2"""


def says(*words):
    """Expect CheckFailed with these words in its text and no traceback of the student's behind."""

    @contextlib.contextmanager
    def context():
        with pytest.raises(CheckFailed) as caught:
            yield
        for word in words:
            assert word in str(caught.value)
        assert caught.value.__context__ is None

    return context()


@pytest.mark.parametrize("used, loaded", [("", set()), ("checks.cnn.partial_conv", {"cnn"})])
def test_an_assignment_is_imported_when_it_is_used(used, loaded):
    script = f"import sys\nfrom dlcourse import checks\n{used}\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    modules = [
        name.split(".") for name in run.stdout.split() if name.startswith("dlcourse.checks.")
    ]
    shared = {"answer", "expect", "failure", "nets", "student"}
    assert {names[2] for names in modules} == shared | loaded


def test_an_assignment_without_checks_is_an_attribute_that_is_missing():
    with pytest.raises(AttributeError, match=r"module 'dlcourse\.checks' has no attribute 'dnn'"):
        checks.dnn  # noqa: B018


def test_failure_reads_as_four_lines():
    assert str(FAILURE) == TEXT


def test_notebook_shows_the_text_and_no_traceback():
    shell = InteractiveShell()
    shell.user_ns["failure"] = FAILURE
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        shell.run_cell("def check():\n    raise failure\n\ncheck()", store_history=False)
    assert shown.getvalue().rstrip("\n") == TEXT
    assert "\n".join(FAILURE._render_traceback_()) == TEXT  # what a kernel sends to a notebook


def check_cell(points, **output):
    metadata = {"grade": True, "solution": False, "locked": True, "grade_id": "a", "points": points}
    return new_code_cell(metadata={"nbgrader": metadata}, outputs=[new_output(**output)])


def test_nbgrader_counts_the_number_that_a_notebook_shows_as_a_sentence():
    shell = InteractiveShell()
    hook = CapturingDisplayHook(shell=shell, outputs=[])
    hook(checks.points(3))
    data = hook.outputs[0]["data"]
    assert data["text/html"] == "<strong>3 points</strong>: visible checks pass"
    result = {"output_type": "execute_result", "data": data, "execution_count": 1}
    assert determine_grade(check_cell(5, **result)) == (3, 5)
    error = {"output_type": "error", "ename": "CheckFailed", "evalue": TEXT, "traceback": [TEXT]}
    assert determine_grade(check_cell(5, **error)) == (0, 5)


def test_one_point_is_singular():
    assert checks.points(1)._repr_html_() == "<strong>1 point</strong>: visible checks pass"


def test_call_hands_out_copies_and_brings_them_back():
    def spoil(x, numbers, options):
        x += 1
        numbers.append(options["k"])
        return {"x": x, "pair": (1, 2.5), "name": None, "count": np.int64(3)}

    x, numbers = torch.zeros(2), [1]
    result, after = answer.call(spoil, x, numbers, {"k": 7})
    assert torch.equal(x, torch.zeros(2))
    assert numbers == [1]
    assert torch.equal(after[0], torch.ones(2))
    assert after[1:] == ([1, 7], {"k": 7})
    assert result.pop("x").tolist() == [1, 1]
    assert result == {"pair": (1, 2.5), "name": None, "count": 3}
    assert type(result["count"]) is int


def test_call_detaches_what_comes_back():
    weight = nn.Parameter(torch.ones(2))
    result, _ = answer.call(lambda: [weight, weight * 2])
    assert not any(tensor.requires_grad or type(tensor) is not torch.Tensor for tensor in result)
    result[0].add_(1)
    assert weight.tolist() == [1, 1]


def endless():
    value = []
    value.append(value)
    return value


class Equal(float):
    """Equal to everything."""

    __hash__ = None

    def __eq__(self, other):
        return True


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (lambda x: x, "a function"),
        ((i for i in range(3)), "a generator"),
        (np.zeros(3), "a ndarray"),
        (nn.Linear(1, 1), "a Linear"),
        (Equal(1), "a Equal"),
        (torch.zeros(2).as_subclass(type("Sly", (torch.Tensor,), {})), "a Sly"),
        ([1, {"a": {2}}], "a set"),
        (endless(), "a list"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_data_is_named(value, name):
    with says("return tensors, numbers", name):
        answer.call(lambda: value)


def unanswered(*arguments):
    raise NotImplementedError("your code here")


def broken(*arguments):
    return [][1]


def lacks_a_kernel(*arguments):
    return torch.ones(1) & torch.ones(1).bool()


def quits(*arguments):
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (unanswered, ["no answer yet", "unanswered", "hints"]),
        (broken, ["IndexError: list index out of range", "a result from broken"]),
        (lacks_a_kernel, ["NotImplementedError: ", "not implemented for 'Float'"]),
        (quits, ["SystemExit: 3"]),
        (5, ["TypeError: 'int' object is not callable"]),
    ],
)
@pytest.mark.parametrize(
    "operation",
    [
        lambda f: answer.call(f, 1),
        lambda f: answer.grad(f, [torch.ones(1)], [0]),
        lambda f: answer.outputs(f, {}, torch.ones(1)),
        lambda f: answer.shapes(f),
        lambda f: answer.learn(f, {"data": "mnist", "seed": 0}, torch.ones(1)),
    ],
    ids=["call", "grad", "outputs", "shapes", "learn"],
)
def test_every_operation_explains_what_the_student_s_code_does(operation, function, words):
    with says(*words):
        operation(function)


def test_an_error_names_the_line_of_the_cell():
    shell = InteractiveShell()
    shell.run_cell("import torch\ndef f(x):\n    y = x @ x\n    return y", store_history=False)
    with says("line 3 of its cell: y = x @ x", "RuntimeError"):
        answer.call(shell.user_ns["f"], torch.ones(2, 3))


def test_the_reader_may_interrupt():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer.call(interrupted)


def test_grad_is_that_of_the_sum_of_the_result():
    x, y = torch.tensor([1.0, 2.0]), torch.tensor(3.0)
    got = answer.grad(lambda x, y, n: (x**n * y, [x, "text"]), (x, y, 2), wrt=[0, 1])
    assert [g.tolist() for g in got] == [[7, 13], 5]
    with torch.no_grad():
        got = answer.grad(lambda x, y: x.sum(), (x, y), wrt=[0, 1])
    assert [g.tolist() for g in got] == [[1, 1], 0]
    with says("cut off", ".item()"):
        answer.grad(lambda x: x.sum().item(), (x,), wrt=[0])


def build():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.Dropout())


def test_masks_and_whole_numbers_are_compared_in_their_own_type():
    mask, rest = torch.tensor([True, False]), {"name": "mask", "cause": "?", "look": "?"}
    checks.expect.close(mask, mask.clone(), **rest)
    with says("a torch.bool tensor", "torch.float32"):
        checks.expect.close(mask.float(), mask, **rest)
    with says("mask: False at [1]", "True", "all of them"):
        checks.expect.close(mask | True, mask, mistakes={"all of them": [True, True]}, **rest)
    with says("a torch.int64 tensor", "torch.float32"):
        checks.expect.close(torch.ones(2), torch.ones(2).long(), **rest)


def test_shapes_and_outputs_of_a_net():
    assert answer.shapes(build) == {"1.weight": (10, 784), "1.bias": (10,)}
    state = {"1.weight": torch.zeros(10, 784), "1.bias": torch.arange(10.0)}
    out = answer.outputs(build, state, torch.rand(2, 1, 28, 28))
    assert out.tolist() == [list(range(10))] * 2  # and no dropout


@pytest.mark.parametrize(
    ("wrong", "got"),
    [(lambda: nn.Linear, "the class Linear"), (lambda: None, "a NoneType")],
)
def test_build_must_give_a_net(wrong, got):
    with says(got, "a new nn.Module from every call"):
        answer.shapes(wrong)


def test_build_must_give_a_new_net():
    net = build()
    with says("the same net from two calls"):
        answer.shapes(lambda: net)
    with says("two nets that share layers"):
        answer.shapes(lambda: nn.Sequential(net, nn.Linear(1, 1)))


def test_what_runs_without_gradients_alone_is_told_so():
    with says("through which gradients flow", "Can't call numpy()"):
        answer.grad(lambda x: torch.from_numpy(x.numpy()), (torch.ones(2),), wrt=[0])


@pytest.mark.parametrize("kind", ["points", "garbled"])
def test_errors_of_a_hostile_process_are_told_in_four_short_lines(kind, monkeypatch):
    error = student.Error(kind, "x" * 9999, "y\n" * 9999)
    monkeypatch.setattr(student, "perform", lambda *question: error)
    with says("a result from broken that can be read"):
        answer.call(broken)


def test_a_net_learns_alike_twice_and_leaves_the_reader_s_dice_alone(monkeypatch):
    monkeypatch.setenv("DLCOURSE_STATIC", "1")
    from dlcourse.data import load_mnist

    x, labels = load_mnist()[1].tensors
    spec = {"data": "mnist", "seed": 1, "epochs": 1, "batch": 100, "lr": 1e-2}
    set_seed(5)
    state, first = answer.learn(build, spec, x)
    dice = torch.rand(1)
    set_seed(5)
    assert torch.equal(torch.rand(1), dice)
    again, second = answer.learn(build, spec, x)
    assert all(torch.equal(again[name], state[name]) for name in answer.shapes(build))
    assert torch.equal(first, second)
    assert torch.equal(first, answer.outputs(build, state, x))
    assert (first.argmax(1) == labels).float().mean() > 0.7
    few, _ = answer.learn(build, spec | {"examples": 100}, x)
    assert not torch.equal(few["1.weight"], state["1.weight"])


def sources():
    """Give every check, our modules' and the notebooks', with the names it has for the answer."""
    folder = answers.ROOT / "src/dlcourse/checks"
    for path in sorted(folder.rglob("*.py")):
        if path.name != "student.py":
            name = str(path.relative_to(folder))
            yield pytest.param(path.read_text("utf-8"), {"function", "build"}, id=name)
    for assignment in answers.assignments():
        for part in answers.parts(assignment).values():
            names = {
                node.name for node in ast.walk(ast.parse(part.answer)) if hasattr(node, "name")
            }
            yield pytest.param(part.check, names | {"function"}, id=f"{assignment}-{part.name}")


@pytest.mark.parametrize(("text", "names"), list(sources()))
def test_checks_touch_answers_only_through_the_five_operations(text, names):
    nodes = list(ast.walk(ast.parse(text)))
    called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    asked = {ast.unparse(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    imports = " ".join(ast.unparse(n) for n in nodes if isinstance(n, ast.Import | ast.ImportFrom))
    assert not (called | asked) & names
    assert "inspect" not in imports
    assert "mock" not in imports
