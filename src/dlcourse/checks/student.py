"""The half of `checks.answer` that runs beside a student's code.

`perform` takes an operation, the student's function and data; it gives back data, or an `Error`
that is made of text alone. Nothing else passes between the two halves, so that grading can put a
process boundary here: there, a check holds a `Remote` in place of the function.
"""

import os
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

from dlcourse import data, runtime, train

STUBS = "", "your code here"  # what the line says that stands where an answer is to be
LINE = 300  # characters of what an error says
MAX_DEPTH = 20  # of nested lists; deeper ones, or one that holds itself, are not data
MOST = 1 << 16  # things in one another
LARGEST = 1 << 26  # bytes of a tensor
BITS = 1 << 13  # of a whole number; Python writes out no more than 4,300 digits
DTYPES = (  # of tensors that are data
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
    *(torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.bool, torch.complex64, torch.complex128),
)
PLAIN = bool, int, float, complex, str
# The name of a class, whatever its metaclass says.
_name = type.__dict__["__name__"].__get__


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
    """Perform what a check in another process asks of the student's function `name`."""
    if seed is not None:
        runtime.set_seed(seed)
    if names.get(name) is None:
        return Error("missing", f"nothing is called {name} here")
    return perform(operation, names[name], *arguments)


def perform(operation: str, function: Callable, *arguments):
    """Run one of `OPERATIONS` on a student's function: data, or the `Error` that came of it."""
    if isinstance(function, Remote):
        return function.ask(operation, *arguments)
    try:
        return OPERATIONS[operation](function, *arguments)
    except KeyboardInterrupt:
        raise
    except Refused as refused:
        return refused.error
    except BaseException as error:
        return _explain(error)


def _explain(error: BaseException) -> Error:
    name = _name(type(error))
    try:
        # Within a longer string, as `str` alone may give an object of the student's.
        text = f"{error}\n".strip().split("\n")[0][:LINE]
        place = _place(error)
    except Exception:  # it cannot say what it is
        return Error("raised", name)
    # torch raises the same of operations that it does not have for a type, with another text.
    if issubclass(type(error), NotImplementedError) and text in STUBS:
        return Error("unanswered", text)
    return Error("raised", f"{name}: {text}".rstrip(": "), place)


def to_data(value) -> Any:
    """Copy a value that is data.

    Data are tensors (detached, on the CPU), numbers, strings, None, lists, tuples and dicts. Raises
    Refused for anything else, subclasses included, because they can behave as they like.
    """
    return _copy(value, iter(range(MOST)), 0)


def _copy(value, left: Iterator, depth: int):
    kind = type(value)
    if issubclass(kind, np.generic):
        value = value.item()
        kind = type(value)
    if next(left, None) is None:
        raise Refused("not data", f"more than {MOST:,} things in one another")
    if kind is int and value.bit_length() > BITS:
        raise Refused("not data", "a whole number of thousands of digits")
    if value is None or kind in PLAIN:
        return value
    if kind in (torch.Tensor, nn.Parameter):
        return _copy_tensor(value)
    if depth < MAX_DEPTH and kind in (list, tuple):
        return kind(_copy(item, left, depth + 1) for item in value)
    if depth < MAX_DEPTH and kind is dict:
        pairs = value.items()
        return {_copy(k, left, depth + 1): _copy(v, left, depth + 1) for k, v in pairs}
    raise Refused("not data", f"a {_name(kind)}")


def _copy_tensor(value: torch.Tensor) -> torch.Tensor:
    named = {*getattr(value, "names", ())} - {None}  # no `any` here: students replace what it is
    odd = value.is_quantized or value.is_meta or value.is_nested or named
    if odd or value.layout != torch.strided:
        raise Refused("not data", "a sparse, quantised, nested, named or meta tensor")
    if value.dtype not in DTYPES:
        raise Refused("not data", f"a tensor of {value.dtype}")
    if value.numel() * value.element_size() > LARGEST:
        raise Refused("not data", f"a tensor of {value.numel():,} numbers")
    # By the class: an object's own attributes are the student's.
    plain = torch.Tensor.detach(value).to("cpu", copy=True)
    return plain.resolve_conj().resolve_neg()


def _call(function: Callable, arguments: tuple):
    copies = to_data(arguments)
    return to_data(function(*copies)), to_data(copies)


def _grad(function: Callable, arguments: tuple, wrt: tuple[int, ...]):
    copies = to_data(arguments)
    leaves = [copies[i].requires_grad_() for i in wrt]
    with torch.enable_grad():
        try:
            result = function(*copies)
        except RuntimeError as error:  # as of `.numpy()`, which was well without gradients
            if "requires grad" not in str(error):
                raise
            raise Refused("no gradient", _explain(error).text) from None
        to_data(result)  # refuses what is not data
        total = _sum(result)
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
    state = _net(build).state_dict()
    return to_data({name: tuple(value.shape) for name, value in state.items()})


def _outputs(build: Callable, state: dict, x: torch.Tensor):
    net = _net(build)
    net.load_state_dict(state)
    return _answers(net, x)


def _learn(build: Callable, spec: dict, x: torch.Tensor):
    spec = dict(spec)
    load = {"mnist": data.load_mnist}[spec.pop("data")]
    examples = load()[0][: spec.pop("examples", None)]
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        runtime.set_seed(spec["seed"])
        net = _net(build)
        train.fit(net, TensorDataset(*examples), device=torch.device("cpu"), **spec)
        return to_data(dict(net.state_dict())), _answers(net, x)


def _answers(net: nn.Module, x: torch.Tensor):
    net.eval()
    with torch.no_grad():
        return to_data(net(to_data(x)))


def _net(build: Callable) -> nn.Module:
    nets = build(), build()
    for net in nets:
        if not isinstance(net, nn.Module):
            what = f"the class {_name(net)}" if isinstance(net, type) else f"a {_name(type(net))}"
            raise Refused("not a net", what)
    if nets[0] is nets[1]:
        raise Refused("not a net", "the same net from two calls")
    one, other = ({value.data_ptr() for value in net.state_dict().values()} for net in nets)
    if one & other - {0}:  # where an empty tensor is
        raise Refused("not a net", "two nets that share layers")
    return nets[0]


def _place(error: BaseException) -> str:
    """Name the deepest line that stands in a cell: its file is not on the disk."""
    frames = traceback.extract_tb(error.__traceback__)
    cells = [(f.lineno, f.line[:LINE]) for f in frames if f.line and not os.path.exists(f.filename)]
    return "line {} of its cell: {}".format(*cells[-1]) if cells else ""


OPERATIONS = {
    "call": _call,
    "grad": _grad,
    "shapes": _shapes,
    "outputs": _outputs,
    "learn": _learn,
}
