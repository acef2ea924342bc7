"""Exercise 4a of 03_vision: how wide a filter along the channels is."""

from collections.abc import Callable
from math import log, log2

from dlcourse.checks import expect


def eca_widths(function: Callable) -> None:
    """Check exercise 4a: eca_widths(channels) -> list of int, one for each number of channels."""
    look = "exercise 4, formula (6) and the line below it"
    rule = "log₂(C)/2 + ½, the fraction cut off, and 1 more if that is even"
    channels, wanted = [512, 64, 8, 256, 1], [5, 3, 3, 5, 1]

    def width(
        C: int, log: Callable = log2, half: float = 2, more: float = 0.5, even: int = 1
    ) -> int:
        number = int(log(C) / half + more)
        return number if number % 2 else number + even

    # One number may come of several mistakes, the first four together of one alone. The last one is
    # apart: who knows that no width is below 1 may put right there what is wrong elsewhere.
    mistakes = {
        "log₂ is asked for, not the natural logarithm": {"log": log},
        "half of log₂ C is taken, not all of it": {"half": 1},
        "the fraction is cut off, not rounded up": {"more": 0.5 + 0.9},
        "the ½ is left out": {"more": 0},
        "an even width has no middle: add 1 when the result is even": {"even": 0},
        "an even result is to become the odd number above it, not the one below": {"even": -1},
    }
    widths = expect.result(function, (channels,), names="channels", look=look)
    want = f"a list of {len(channels)} widths for channels = {channels}"
    expect.several(widths, len(channels), want=want, look=look, cause="one width a number")
    plain = [value if type(value) in (int, float) else None for value in widths][:4]
    made = {cause: [width(C, **how) for C in channels[:4]] for cause, how in mistakes.items()}
    cause = next((cause for cause, values in made.items() if values == plain), rule)
    for value, number, C in zip(widths, wanted, channels, strict=True):
        expect.number(value, number, name=f"the width for {C} channels", cause=cause, look=look)
