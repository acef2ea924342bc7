"""The half of `checks.answer` that runs beside a student's code.

`perform` takes an operation, the student's function and data; it gives back data, or an `Error`
that is made of text alone. Nothing else passes between the two halves, so that grading can put a
process boundary here: there, a check holds a `Remote` in place of the function.
"""

import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from dlcourse import data, runtime, train

STUBS = "", "your code here"  # what the line says that stands where an answer is to be
LINE = 300  # characters of what an error says
MAX_DEPTH = 20  # of nested lists; deeper ones, or one that holds itself, are not data


@dataclass(frozen=True)
class Error:
    """Why there is no result, in text."""

    kind: str  # one that `answer` explains
    text: str  # one line: what happened
    place: str = ""  # the line of the student's cell, if one is to blame


class Refused(Exception):
    """The student's code ran, and what it gave cannot be used."""

    def __init__(self, kind: str, text: str):
        super().__init__(kind, text)
        self.error = Error(kind, text)


class Remote:
    """A student's function that lives in another process; a subclass says how it is asked."""

    def __init__(self, name: str):
        self.__name__ = name

    def ask(self, operation: str, *arguments):
        """Have the operation performed there: data, or the `Error` that came of it."""
        raise NotImplementedError


def reply(names: dict, operation: str, name: str, arguments: list | tuple, seed: int | None):
    """Perform what a check in another process asks of the function `name` in a student's namespace."""
    if seed is not None:
        runtime.set_seed(seed)
    if names.get(name) is None:
        return Error("missing", f"nothing is called {name} here")
    return perform(operation, names[name], *arguments)


def perform(operation: str, function: Callable, *arguments):
    """Run an operation of `OPERATIONS` on a student's function: data, or the `Error` that came of it."""
    if isinstance(function, Remote):
        return function.ask(operation, *arguments)
    try:
        return OPERATIONS[operation](function, *arguments)
    except Refused as refused:
        return refused.error
    except (Exception, SystemExit) as error:
        text = str(error).strip().split("\n")[0][:LINE]
        # torch raises the same of operations that it does not have for a type, with another text.
        if isinstance(error, NotImplementedError) and text in STUBS:
            return Error("unanswered", text)
        return Error("raised", f"{type(error).__name__}: {text}".rstrip(": "), _place(error))


def to_data(value, depth: int = 0):
    """Copy a value that is data: tensors (detached, on the CPU), numbers, strings, None, lists, tuples, dicts.

    Raises Refused for anything else, subclasses included, because they can behave as they like.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, complex, str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if kind in (torch.Tensor, nn.Parameter):
        if value.layout != torch.strided or value.is_quantized or value.is_meta:
            raise Refused(
                "not data", "a sparse, quantised or meta tensor, which holds no plain numbers"
            )
        return value.detach().to("cpu", copy=True).resolve_conj().resolve_neg()
    if depth < MAX_DEPTH and kind in (list, tuple):
        return kind(to_data(item, depth + 1) for item in value)
    if depth < MAX_DEPTH and kind is dict:
        return {to_data(k, depth + 1): to_data(v, depth + 1) for k, v in value.items()}
    raise Refused("not data", f"a {kind.__name__}")


def _call(function: Callable, arguments: tuple):
    copies = to_data(arguments)
    return to_data(function(*copies)), to_data(copies)


def _grad(function: Callable, arguments: tuple, wrt: tuple[int, ...]):
    copies = to_data(arguments)
    leaves = [copies[i].requires_grad_() for i in wrt]
    with torch.enable_grad():
        total = _sum(function(*copies))
        if not total.requires_grad:
            raise Refused("no gradient", "a result that is cut off from the arguments")
        grads = torch.autograd.grad(total, leaves, allow_unused=True)
    return [torch.zeros_like(a) if g is None else to_data(g) for a, g in zip(leaves, grads)]


def _sum(result) -> torch.Tensor:
    if torch.is_tensor(result):
        return result.sum()
    if type(result) in (list, tuple):
        return sum((_sum(item) for item in result), torch.zeros(()))
    return torch.zeros(())


def _shapes(build: Callable):
    return {name: tuple(value.shape) for name, value in _net(build).state_dict().items()}


def _outputs(build: Callable, state: dict, x: torch.Tensor):
    net = _net(build).eval()
    net.load_state_dict(state)
    with torch.no_grad():
        return to_data(net(to_data(x)))


def _accuracy(build: Callable, spec: dict, x: torch.Tensor):
    spec = dict(spec)
    load = {"mnist": data.load_mnist}[spec.pop("data")]
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        runtime.set_seed(spec["seed"])
        net = _net(build)
        train.fit(net, load()[0], device=torch.device("cpu"), **spec)
        net.eval()
        with torch.no_grad():
            return to_data(net(to_data(x)).argmax(1))


def _net(build: Callable) -> nn.Module:
    net, other = build(), build()
    if not isinstance(net, nn.Module):
        what = f"the class {net.__name__}" if isinstance(net, type) else f"a {type(net).__name__}"
        raise Refused("not a net", what)
    if net is other:
        raise Refused("not a net", "the same net from two calls")
    return net


def _place(error: BaseException) -> str:
    """Name the deepest line that stands in a cell: cells have names of files that are not on the disk."""
    frames = traceback.extract_tb(error.__traceback__)
    cells = [frame for frame in frames if frame.line and not os.path.exists(frame.filename)]
    return f"line {cells[-1].lineno} of its cell: {cells[-1].line[:LINE]}" if cells else ""


OPERATIONS = {
    "call": _call,
    "grad": _grad,
    "shapes": _shapes,
    "outputs": _outputs,
    "accuracy": _accuracy,
}
