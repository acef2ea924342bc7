"""Whatever an answer gives, a check says no in four lines: never points, never an error of its own.

Each part is run with odd results: at every call, at one call among right ones, and in one place of
a right result; and with replies of another form, as a hostile process may send them.
"""

import decimal
import fractions
import warnings
from functools import cache
from unittest.mock import patch

import numpy as np
import pytest
import torch
from torch import nn

from dlcourse import data
from dlcourse.authoring import answers
from dlcourse.checks import CheckFailed, student

PARTS = [part for name in answers.assignments() for part in answers.parts(name).values()]
each_part = pytest.mark.parametrize(
    "part", [pytest.param(part, id=f"{part.assignment}-{part.name}") for part in PARTS]
)
LABELS = ["want", "got", "likely cause", "look at"]


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """A student's code may warn; that costs no point."""
    monkeypatch.setenv("DLCOURSE_STATIC", "1")
    monkeypatch.setattr(data, "load_mnist", cache(data.load_mnist))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def refuse(*arguments, **options):
    raise RuntimeError("not me")


# A class whose every method raises, one whose name does, numbers that equal everything and more.
CALLED = "__eq__", "__ne__", "__lt__", "__bool__", "__len__", "__iter__", "__getitem__"
SHOWN = "__repr__", "__str__", "__hash__", "__float__", "__int__"
TORCH = {"__torch_function__": classmethod(refuse), "__array__": refuse}
REFUSING = dict.fromkeys((*CALLED, *SHOWN), refuse) | {"__class__": property(refuse)} | TORCH
Angry = type("Angry", (), REFUSING)
Nameless = type("Meta", (type,), {"__name__": property(refuse)})("Nameless", (), {})
Sly = type("Sly", (float,), {"__eq__": lambda *_: True, "__hash__": float.__hash__})
SlyTensor = type("SlyTensor", (torch.Tensor,), {})
SlyScalar = type("SlyScalar", (np.float64,), {"item": lambda self: Angry()})


class Quit(BaseException):
    """An error that is no Exception, and cannot say what it is."""

    __str__ = refuse


def nested(depth: int, width: int = 1, kind: type = list):
    value = kind()
    for _ in range(depth):
        value = kind([value] * width)
    return value


def endless():
    value = []
    value.append(value)
    return value


def raising(error):
    def give():
        raise error

    return give


def patched():
    """A plain tensor whose own attributes are not a tensor's."""
    value = torch.zeros(3)
    value.detach = value.to = value.sum = refuse
    return value


def recursion():
    return recursion()


VALUES = [
    *(None, True, False, 0, -0.0, 0.5, float("nan"), float("inf"), -float("inf"), 1j, 10**18),
    *(
        -(10**400),
        10**5000,
        2.0**1000,
        "",
        "3",
        "\ud800",
        b"3",
        bytearray(b"3"),
        ...,
        NotImplemented,
    ),
    *(
        (),
        [],
        {},
        set(),
        frozenset(),
        range(3),
        [None],
        [[1.0, "a"]],
        {1: 2},
        {(): []},
        int,
        Exception(),
    ),
    *(
        fractions.Fraction(1, 3),
        decimal.Decimal(3),
        slice(1),
        memoryview(b"3"),
        refuse,
        torch.float32,
        np,
    ),
    *(
        np.float32(0.5),
        np.int64(7),
        np.longdouble(0.5),
        np.datetime64("2026"),
        np.str_("3"),
        np.bytes_(b"3"),
    ),
    *(np.zeros(3), np.zeros(()), np.array(["a"]), np.array([None]), torch.Size([3])),
]
# What an odd answer gives in place of its result; each is made anew by a call.
ODD = {
    **{f"value {number}": lambda value=value: value for number, value in enumerate(VALUES)},
    "angry": Angry,
    "its class": lambda: Angry,
    "nameless": Nameless,
    "equal to all": lambda: Sly(1),
    "a number's subclass": lambda: SlyScalar(1),
    "a tensor's subclass": lambda: torch.zeros(3).as_subclass(SlyTensor),
    "a list of angry ones": lambda: [Angry(), torch.zeros(2)],
    "a dictionary of itself": lambda: {"a": endless()},
    "a list of itself": endless,
    "deep": lambda: nested(1000),
    "wide": lambda: nested(19, 10),
    "deep tuples": lambda: nested(15, 1, tuple),
    "many": lambda: [0.0] * (1 << 17),
    "a generator": lambda: (i for i in range(3)),
    "an iterator": lambda: iter([torch.zeros(2)] * 2),
    "a coroutine's function": lambda: refuse,
    "a net": lambda: nn.Linear(1, 1),
    "patched": patched,
    "empty": lambda: torch.empty(0),
    "one number": lambda: torch.tensor(0.3),
    "nan": lambda: torch.full((2, 3), torch.nan),
    "whole": lambda: torch.ones(3, dtype=torch.int64),
    "truth": lambda: torch.ones(2, 2, dtype=torch.bool),
    "complex": lambda: torch.ones(2, dtype=torch.complex64),
    "half": lambda: torch.ones(2, dtype=torch.float16),
    "eighth": lambda: torch.ones(2).to(torch.float8_e4m3fn),
    "unsigned": lambda: torch.ones(2).to(torch.uint16),
    "sparse": lambda: torch.eye(3).to_sparse(),
    "compressed": lambda: torch.eye(3).to_sparse_csr(),
    "quantised": lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
    "meta": lambda: torch.ones(3, device="meta"),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "jagged": lambda: torch.nested.nested_tensor(
        [torch.ones(2), torch.ones(3)], layout=torch.jagged
    ),
    "huge": lambda: torch.zeros(1).expand(1 << 20, 1 << 20),
    "many axes": lambda: torch.zeros([1] * 60),
    "lazy": lambda: nn.UninitializedParameter(),
    "stops": raising(StopIteration(3)),
    "exits": raising(SystemExit(0)),
    "closes": raising(GeneratorExit()),
    "quits": raising(Quit()),
    "unsaid": raising(type("Unsaid", (ValueError,), {"__str__": lambda self: 3})()),
    "group": raising(ExceptionGroup("a\nb", [ValueError("\ud800")])),
    "not implemented": raising(NotImplementedError("another text")),
    "memory": raising(MemoryError()),
    "fails as a check": raising(CheckFailed("", "", "", "")),
    "refuses as we do": raising(student.Refused("points", "3")),
    "for ever": recursion,
}  # fmt: skip
# Replies that no honest process sends.
FORGED = [
    *(7, None, [], (), (1, 2, 3), {}, "points", torch.ones(3), {"w": (-1,)}, {"w": (1 << 60,)}),
    *(
        {1: (2,)},
        {"w": 3},
        ({}, None),
        ({"w": 3}, None),
        ({1: torch.ones(1)}, 3),
        [None],
        [torch.ones(1)] * 9,
    ),
    *((torch.full((3,), torch.nan), ()), (None, (1,) * 9), student.Error("points", "3")),
    student.Error("raised", "x\r\n\x1b[0m\u2028" * 99, "y\n" * 99),
]


def odd_answer(operation: str, give, place=None):
    """Give something odd where an operation looks: its result, its net, or what the net says."""
    if operation in ("call", "grad"):
        return lambda *arguments: give()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(1))

        def forward(self, x):
            return give() if place == "forward" else self.weight * x

        def state_dict(self, *arguments, **options):
            return give() if place == "state" else {"weight": give()}

    if place == "forward":
        del Net.state_dict
    return Net if place else lambda: give()


def judge(part: answers.SolvedPart, odd: str, perform, right=None) -> None:
    """Run a check with `perform` in place of the answer; expect no points and the four lines."""
    with patch.object(student, "perform", perform):
        verdict = answers.mark.__wrapped__(part, part.answer)
    if verdict.points and right is not None and right():
        return
    assert verdict.points == 0, f"{odd}: points"
    error = verdict.error
    assert isinstance(error, CheckFailed), f"{odd}: not by a check: {error!r}"
    assert error.__context__ is None
    lines = str(error).split("\n")
    assert [line[:14].strip() for line in lines if line[:1] != " "] == LABELS
    assert all((error.want, error.got, error.cause, error.look))
    assert len(str(error)) < 2500


@each_part
def test_odd_results_at_every_call(part):
    perform = student.perform
    for number, (name, give) in enumerate(ODD.items()):
        place = (None, "forward", "state", "value")[number % 4]

        def odd(operation, function, *arguments, give=give, place=place):
            return perform(operation, odd_answer(operation, give, place), *arguments)

        judge(part, name, odd)


def play(part: answers.SolvedPart, at: int, reply):
    """Give the recorded replies, but at one `reply(operation, arguments, right)`."""
    calls = iter(enumerate(answers.asked(part)))

    def perform(operation, function, *arguments):
        number, (asked, _, right) = next(calls)
        assert operation == asked
        return reply(operation, arguments, right) if number == at else right

    return perform


def spread(part: answers.SolvedPart, things, step: int = 1):
    """Pair things with calls of the part, in turn; of every `step` each part takes another."""
    calls, first = len(answers.asked(part)), PARTS.index(part) % step
    return [(number % calls, thing) for number, thing in enumerate(things[first::step])]


@each_part
def test_odd_results_at_one_call_among_right_ones(part):
    perform = student.perform
    places = [(name, place) for place in (None, 0, -1) for name in ODD]
    for at, (name, place) in spread(part, places, 15):
        give = ODD[name]

        def odd(operation, arguments, right, give=give, place=place):
            if operation in ("call", "grad"):
                value = right[0] if operation == "call" else right
                if place is not None and isinstance(value, list | tuple) and value:
                    parts = list(value)

                    def spoil(*_):
                        parts[place] = give()
                        return type(value)(parts)

                    return perform("call", spoil, *arguments[:1])
                return perform(operation, odd_answer(operation, give), *arguments)
            place = {None: None, 0: "value" if operation == "shapes" else "forward", -1: "state"}[
                place
            ]
            return perform(operation, odd_answer(operation, give, place), *arguments)

        def is_right(at=at, give=give):
            operation, _, reply = answers.asked(part)[at]
            return operation == "call" and give() == reply[0]

        judge(part, f"{name} at call {at}, place {place}", play(part, at, odd), is_right)


@each_part
def test_forged_replies(part):
    for at, forged in spread(part, FORGED):
        name = f"{forged!r} at call {at}"
        judge(part, name, play(part, at, lambda *_, forged=forged: forged))


FORMS = {
    "parameter": lambda x: nn.Parameter(x) if x.is_floating_point() else x,
    "strided": lambda x: torch.stack([x, x.requires_grad_(x.is_floating_point())], -1)[..., 1],
    "double": lambda x: x.double() if x.is_floating_point() else x,
    "negative": lambda x: torch.complex(x, -x).conj().imag if x.is_floating_point() else x,
}


def formed(value, change):
    if torch.is_tensor(value):
        return change(value.clone())
    if isinstance(value, list | tuple):
        return [formed(item, change) for item in value]
    return np.int64(value) if isinstance(value, int) else value


@each_part
def test_right_results_in_other_forms_get_all_points(part):
    perform = student.perform
    for change in FORMS.values():
        calls = iter(answers.asked(part))

        def other(operation, function, *arguments, change=change, calls=calls):
            asked, _, right = next(calls)
            if asked != "call":
                return right
            return perform(operation, lambda *_: formed(right[0], change), *arguments)

        with patch.object(student, "perform", other):
            verdict = answers.mark.__wrapped__(part, part.answer)
        assert verdict == answers.Verdict(part.points), answers.message(verdict)
