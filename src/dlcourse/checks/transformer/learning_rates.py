"""Exercise 4 of 06_transformer: warm cycles of learning rates."""

from collections.abc import Callable
from math import cos, pi

import torch

from dlcourse.checks import expect


def learning_rates(function: Callable) -> None:
    """Check exercise 4: learning_rates(steps, first, grow, warm, peak, decay) -> rates (N,)."""

    def low(part: float) -> float:
        return 0.25 * (1 + cos(pi * part))

    down = low(1 / 6)
    plain = [1, 2 * low(1 / 4), 2 * low(3 / 4), 1, *(2 * low(k / 8) for k in (1, 3, 5)), 1]
    flat = [0.5, 1, 0.5, *(low(k / 8) for k in (0, 1, 3, 5)), 0.25]
    early = [0.5, 1, 2 * low(3 / 4), 0.25, 0.5, low(3 / 8), low(5 / 8), 0.125]
    sums = [0.5, 1, 0.5, 0.25, 0.5, low(1 / 4), low(3 / 4), 0.25]
    expect.worked(
        function,
        (torch.tensor([0, 1, 3, 4, 5, 7, 9, 12]), 4, 2, 2, 1.0, 0.5),
        torch.tensor([0.5, 1, 0.5, 0.25, 0.5, down, 0.25, 0.125]),
        names="steps",
        name="rates at steps 0, 1, 3 | 4, 5, 7, 9 | 12 for "
        "first 4, grow 2, warm 2, peak 1, decay 1/2",
        cause="cycles begin at 0, 4, 12: u + 1 parts of W up to the peak, then half a cosine down",
        look="exercise 4, formulas (5) and (6); "
        "lesson 06_transformer/03_transformer, section 3, on warm-up",
        shape_cause="one rate for each step",
        mistakes={
            "this is the schedule without warm-up, nor lower peaks": plain,
            "warm-up begins at 0; its first step has 1/W": [0, 0.5, 0.5, 0, 0.25, down, 0.25, 0],
            "the peak stays as high": [0.5, 1, 0.5, 0.5, 1, 2 * down, 0.5, 0.5],
            "all cycles are of one length": [0.5, 1, 0.5, 0.25, 0.5, 0.25, 0.25, 0.0625],
            "cycles grow by a sum (4, 6, 8); each is grow times the one before": sums,
            "only the first cycle has a warm-up": flat,
            "the cosine begins with the cycle; it begins after the warm-up": early,
        },
    )
