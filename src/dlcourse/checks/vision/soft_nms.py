"""Exercise 3 of 03_vision: boxes thinned out by lower scores."""

from collections.abc import Callable
from functools import partial
from math import exp

import torch

from dlcourse.checks import expect


def soft_nms(function: Callable) -> None:
    """Check exercise 3: soft_nms(boxes, scores, sigma) -> out (N,)."""
    look = "exercise 3, formula (4); lesson 03_cnn/04_detection, on non-maximum suppression"
    run = partial(_soft_nms, function, look)
    # IoU of neighbours in this row: 2/4 = 0.5, and of the first with the third 1/5 = 0.2.
    row = torch.tensor([[0.0, 0, 3, 1], [1, 0, 4, 1], [2, 0, 5, 1]])
    scores = torch.tensor([0.9, 0.8, 0.7])
    near, next_but_one = exp(-0.25 / 0.4), exp(-0.04 / 0.4)
    third = 0.7 * next_but_one
    want = [0.9, 0.8 * near * near, third]
    itself = [score * exp(-1 / 0.4) for score in want]
    first = [0.9, 0.8 * near, third * near]
    later = [0.9 * near * next_but_one, want[1], third * near]
    mistakes = {
        "boxes are taken in the order of their first scores; it changes as scores fall": first,
        "scores are lowered once, by the first box only": [0.9, 0.8 * near, third],
        "the score is multiplied by 1 − IoU, the paper's linear version": [0.9, 0.2, 0.56],
        "the scores come in the order in which boxes are taken": [0.9, third, want[1]],
        "a box lowers itself: only those still waiting are lowered": itself,
        "a box that has been taken keeps its score; it is lowered by later ones here": later,
    }
    for exponent, one, other in [
        ("IoU is not squared in the exponent", 0.5 / 0.4, 0.2 / 0.4),
        ("the exponent is divided by σ²; it is σ", 0.25 / 0.16, 0.04 / 0.16),
        ("the exponent is divided by 2σ²; it is σ", 0.25 / 0.32, 0.04 / 0.32),
    ]:
        mistakes[exponent] = [0.9, 0.8 * exp(-2 * one), 0.7 * exp(-other)]
    expect.close(
        run(row, scores, 0.4),
        torch.tensor(want),
        name="out for three boxes in a row with IoU 0.5, 0.5 and 0.2, sigma 0.4",
        cause="take the largest, lower all that wait by exp(−IoU²/σ), "
        "take the largest of what they are now",
        look=look,
        mistakes=mistakes,
    )
    apart = torch.tensor([[10.0, 10, 12, 12], [0, 0, 2, 2], [5, 0, 7, 2], [0, 5, 1, 9]])
    scores = torch.tensor([0.2, 0.9, 0.1, 0.5])
    expect.close(
        run(apart, scores, 0.1),
        scores,
        name="out for boxes that do not touch: their scores as they were",
        cause="boxes that do not touch have an IoU of 0, and exp(−0/σ) lowers nothing",
        look=look,
        mistakes={
            "the scores come in the order in which boxes are taken": [0.9, 0.5, 0.2, 0.1],
        },
    )
    twins = torch.tensor([[0.0, 0, 2, 3], [0, 0, 2, 3]])
    expect.close(
        run(twins, torch.tensor([0.3, 0.6]), 2.0),
        torch.tensor([0.3 * exp(-0.5), 0.6]),
        name="out for the same box twice, with scores 0.3 and 0.6, sigma 2",
        cause="the better one stays as it is, the other is lowered by exp(−1/σ); "
        "nothing is deleted",
        look=look,
        mistakes={"the lesser one is deleted, as in hard suppression": [0, 0.6]},
    )


def _soft_nms(function: Callable, look: str, *arguments) -> torch.Tensor:
    out = expect.result(function, arguments, names="boxes, scores, sigma", look=look)
    cause = "each box keeps a score, in the order of boxes: nothing is deleted"
    expect.tensor(out, (len(arguments[0]),), name="out", look=look, shape_cause=cause)
    return out
