"""Exercise 1 of 03_vision: boxes compared, also where they do not touch."""

from collections.abc import Callable
from functools import partial

import torch

from dlcourse.checks import answer, expect


def giou(function: Callable) -> None:
    """Check exercise 1: giou(boxes, others) -> out (N, M)."""
    look = "exercise 1, formula (1); lesson 03_cnn/04_detection, where IoU is written out"
    run = partial(_giou, function, look)
    # Two 2 x 2 squares that share one pixel: intersection 1, union 7, the box around both 3 x 3.
    a, b = torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 1, 3, 3]])
    near, rest, pixels = 1 / 7 - 2 / 9, 1 / 7 - 8 / 9, 4 / 14 - 2 / 16
    expect.close(
        run(a, b),
        torch.tensor([[near]]),
        name="out for the squares (0, 0, 2, 2) and (1, 1, 3, 3)",
        cause="|A∩B|/|A∪B| − (|C| − |A∪B|)/|C| is not what is computed",
        look=look,
        mistakes={
            "this is IoU: the box around both plays no part": 1 / 7,
            "the intersection is counted twice: |A∪B| = |A| + |B| − |A∩B|": 1 / 8 - 1 / 9,
            "the penalty is divided by the union; it is a share of C": 1 / 7 - 2 / 7,
            "the penalty is added; it is subtracted": 1 / 7 + 2 / 9,
            "all of C that is not intersection is subtracted; it is what neither fills": rest,
            "this is 1 − GIoU, the loss": 1 - near,
            "sides are counted in whole pixels (+ 1); they are x2 − x1 and y2 − y1": pixels,
        },
    )
    # Apart in both directions: both sides of the overlap are negative, and their product is not.
    far = torch.tensor([[4.0, 3, 6, 5]])
    negative = 2 / (8 - 2) - (30 - 6) / 30
    expect.close(
        run(a, far),
        torch.tensor([[-22 / 30]]),
        name="out for (0, 0, 2, 2) and (4, 3, 6, 5), which do not touch",
        cause="boxes that do not touch have an intersection of 0, and a box around both",
        look=look,
        mistakes={
            "two negative sides make a positive overlap: cut width and height off at 0": negative,
            "the box around both plays no part where boxes do not touch; there it matters most": 0,
        },
    )
    boxes = torch.tensor([[0.0, 0, 2, 2], [1, 1, 3, 3], [0, 0, 4, 2]])
    low = 2 / 10 - 2 / 12
    turned = [1, near, 0.5, near, 1, low]
    expect.close(
        run(boxes, boxes[:2]),
        torch.tensor([[1, near], [near, 1], [0.5, low]]),
        name="out for three boxes and two others",
        cause="row i, column j is formula (1) for boxes[i] and others[j]",
        look=look,
        mistakes={
            "row i, column j belongs to boxes[i] and others[j]; "
            "here they have changed places": turned
        },
    )
    (slope,) = answer.grad(function, (a, far), wrt=[0])
    expect.tensor(slope, (1, 4), name="gradient with respect to boxes", look=look)
    expect.that(
        bool(slope.abs().sum() > 1e-3),
        want="a gradient for boxes that do not touch: that is what GIoU is for",
        got="0 everywhere",
        cause="what the box around both adds is cut off from the gradient, or has none",
        look=look,
    )


def _giou(function: Callable, look: str, *arguments: torch.Tensor) -> torch.Tensor:
    out = expect.result(function, arguments, names="boxes, others", look=look)
    shape = tuple(len(side) for side in arguments)
    cause = "all pairs are asked for: give one side an axis of length 1 before they meet"
    expect.tensor(out, shape, name="out", look=look, shape_cause=cause)
    return out
