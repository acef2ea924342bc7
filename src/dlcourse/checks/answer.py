"""The only five ways in which a check touches a student's answer.

An answer is a function of data (tensors, numbers, strings, None, and lists, tuples and dicts of
them), or a `build(**sizes) -> nn.Module`. Data goes in as copies and comes back as data. In a
student's notebook these are plain calls; a grader may run `student.perform` in another process.
All five raise CheckFailed when the exercise is unanswered, the code raises, or no data comes back.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import torch

from dlcourse.checks import student
from dlcourse.checks.failure import IMPORTED, CheckFailed, explain_unrun

UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")


def call(function: Callable, *arguments) -> tuple[Any, tuple]:
    """Return what the answer gives for copies of `arguments`, and those copies as it left them."""
    return _ask("call", function, arguments)


def grad(function: Callable, arguments: Sequence, wrt: Sequence[int]) -> list[torch.Tensor]:
    """Return the gradients of the sum of the result with respect to the arguments at `wrt`."""
    return _ask("grad", function, tuple(arguments), tuple(wrt))


def outputs(build: Callable, state: dict[str, torch.Tensor], x: torch.Tensor):
    """Return what `build()` gives for `x`, in eval mode, with the weights `state`."""
    return _ask("outputs", build, state, x)


def shapes(build: Callable) -> dict[str, tuple[int, ...]]:
    """Return {name: shape} of everything in the state_dict of `build()`."""
    return _ask("shapes", build)


def learn(build: Callable, spec: dict, x: torch.Tensor) -> tuple[dict[str, torch.Tensor], Any]:
    """Return the state_dict of `build()`, trained as `spec` says, and what it then gives for `x`.

    `spec` is {"data": "mnist", "seed": ...} and keyword arguments of `train.fit`, with
    "examples": n for the first n of the data only. The labels of `x` stay with the caller.
    """
    return _ask("learn", build, spec, x)


def _ask(operation: str, function: Callable, *arguments):
    name = getattr(function, "__name__", None)
    name = name if type(name) is str else "your function"
    reply = student.perform(operation, function, *arguments)
    if isinstance(reply, student.Error):
        missing = UNDEFINED.match(reply.text) if reply.kind == "raised" else None
        if missing and missing[1] in IMPORTED and not isinstance(function, student.Remote):
            raise explain_unrun(missing[1], f"a result from {name}")
        raise _explain(reply, name)
    if not _fits(operation, reply, arguments):
        raise _explain(student.Error("garbled", "a reply of another form"), name)
    return reply


def _fits(operation: str, reply, arguments: tuple) -> bool:
    """Whether a reply has the form that the operation promises; `expect` judges what is inside."""
    match operation, reply:
        case "call", (_, tuple() as after):
            return len(after) == len(arguments[0])
        case "grad", [*slopes]:
            wanted = [arguments[0][i] for i in arguments[1]]
            return len(slopes) == len(wanted) and all(map(_alike, slopes, wanted))
        case "shapes", dict():
            return all(type(name) is str and _sizes(shape) for name, shape in reply.items())
        case "learn", (dict() as state, _):
            return all(type(name) is str and torch.is_tensor(state[name]) for name in state)
    return operation == "outputs"


def _alike(slope, argument: torch.Tensor) -> bool:
    return torch.is_tensor(slope) and (slope.shape, slope.dtype) == (argument.shape, argument.dtype)


def _sizes(shape) -> bool:
    whole = type(shape) is tuple and len(shape) < 9
    return whole and all(type(size) is int and 0 <= size < 1 << 48 for size in shape)


def _explain(error: student.Error, name: str) -> CheckFailed:
    hints = "the three hints under the exercise"
    text, place = (" ".join(line.split())[: student.LINE] for line in (error.text, error.place))
    known = {
        "unanswered": CheckFailed(
            f"an answer in place of the line that raises NotImplementedError in {name}",
            "no answer yet",
            "this exercise is still to be done, "
            "or the cell above has not been run since you did it",
            hints,
        ),
        "raised": CheckFailed(
            f"a result from {name}",
            text,
            place or f"{name} does not fit what it is given: this error is raised on the way",
            "the shapes in the statement of the exercise",
        ),
        "not data": CheckFailed(
            f"{name} to return tensors, numbers, strings, None, or lists, tuples and dicts of them",
            text,
            "an object of another kind is returned: return the tensors or numbers themselves",
            "what the statement of the exercise says is returned",
        ),
        "no gradient": CheckFailed(
            f"a result of {name} through which gradients flow back to its arguments",
            text,
            "numbers were taken out of tensors on the way (.item(), NumPy, .detach(), no_grad), "
            "or a comparison, a rounding or a constant stands in their place",
            hints,
        ),
        "not a net": CheckFailed(
            f"a new nn.Module from every call of {name}()",
            text,
            f"{name} must make the net inside the function and return it: "
            "`return nn.Sequential(...)`",
            "what the statement of the exercise says is returned",
        ),
        # What only happens where the function runs in a process of its own.
        "missing": CheckFailed(
            f"a function named {name}",
            text,
            "its cell was deleted, its `def` line changed, or its cell stopped with an error",
            "the output of the cell with your answer",
        ),
        "hung": CheckFailed(
            f"a result from {name} in time",
            text,
            "an endless loop, or Python loops over what one tensor operation does",
            hints,
        ),
        "died": CheckFailed(
            f"a result from {name}",
            text,
            "the code ended Python (exit, crash) or used more memory than there is",
            hints,
        ),
        "garbled": CheckFailed(
            f"a result from {name} that can be read",
            text,
            "something else than a plain result came out of the process, or far too much of it",
            "what the statement of the exercise says is returned",
        ),
    }
    return known.get(error.kind, known["garbled"])
