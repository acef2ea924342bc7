"""Exercises 1 to 3: boxes compared, coded and thinned out."""

from collections.abc import Callable
from functools import partial
from math import exp, sqrt

import torch

from dlcourse.checks import answer, expect

LESSON = "lesson 03_cnn/04_detection"


def giou(function: Callable) -> None:
    """Check exercise 1: giou(boxes, others) -> out (N, M)."""
    look = f"exercise 1, formula (1); {LESSON}, where IoU is written out"
    run = partial(_giou, function, look)
    # Two 2 x 2 squares that share one pixel: intersection 1, union 7, the box around both 3 x 3.
    a, b = torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 1, 3, 3]])
    expect.close(
        run(a, b),
        torch.tensor([[1 / 7 - 2 / 9]]),
        name="out for the squares (0, 0, 2, 2) and (1, 1, 3, 3)",
        cause="|A∩B|/|A∪B| − (|C| − |A∪B|)/|C| is not what is computed",
        look=look,
        mistakes={
            "this is IoU: the box around both plays no part": 1 / 7,
            "the intersection is counted twice: |A∪B| = |A| + |B| − |A∩B|": 1 / 8 - 1 / 9,
            "the penalty is divided by the union; it is a share of C": 1 / 7 - 2 / 7,
            "the penalty is added; it is subtracted": 1 / 7 + 2 / 9,
            "all of C that is not intersection is subtracted; it is what neither fills": 1 / 7
            - 8 / 9,
            "this is 1 − GIoU, the loss": 1 - (1 / 7 - 2 / 9),
            "sides are counted in whole pixels (+ 1); they are x2 − x1 and y2 − y1": 4 / 14
            - 2 / 16,
        },
    )
    # Apart in both directions: both sides of the overlap are negative, and their product is not.
    far = torch.tensor([[4.0, 3, 6, 5]])
    negative = 2 / (8 - 2)
    expect.close(
        run(a, far),
        torch.tensor([[-22 / 30]]),
        name="out for (0, 0, 2, 2) and (4, 3, 6, 5), which do not touch",
        cause="boxes that do not touch have an intersection of 0, and a box around both",
        look=look,
        mistakes={
            "two negative sides make a positive overlap: cut width and height off at 0": negative
            - (30 - 6) / 30,
            "the box around both plays no part where boxes do not touch; there it matters most": 0,
        },
    )
    boxes = torch.tensor([[0.0, 0, 2, 2], [1, 1, 3, 3], [0, 0, 4, 2]])
    expect.close(
        run(boxes, boxes[:2]),
        torch.tensor([[1, 1 / 7 - 2 / 9], [1 / 7 - 2 / 9, 1], [0.5, 2 / 10 - 2 / 12]]),
        name="out for three boxes and two others",
        cause="row i, column j is formula (1) for boxes[i] and others[j]",
        look=look,
        mistakes={
            "row i, column j belongs to boxes[i] and others[j]; here they have changed places": [
                *(1, 1 / 7 - 2 / 9, 0.5),
                *(1 / 7 - 2 / 9, 1, 2 / 10 - 2 / 12),
            ]
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


def fcos_targets(function: Callable) -> None:
    """Check exercise 2: fcos_targets(points, boxes) -> distances (P, 4), centerness (P,)."""
    look = f"exercise 2, formulas (2) and (3); {LESSON}, on anchors"
    run = partial(_fcos, function, look)
    box = torch.tensor([[2.0, 1, 12, 8]])
    inside = torch.tensor([[5.0, 3]])  # l, t, r, b = 3, 2, 7, 5
    distances, centerness = run(inside, box)
    expect.close(
        distances,
        torch.tensor([[3.0, 2, 7, 5]]),
        name="distances of the point (5, 3) in the box (2, 1, 12, 8)",
        cause="l, t, r, b = x − x1, y − y1, x2 − x, y2 − y",
        look=look,
        mistakes={
            "the order is l, t, r, b: left, top, right, bottom": [3, 7, 2, 5],
            "a point is (x, y): x and y have changed places": [1, 4, 9, 3],
            "the signs are turned: inside a box all four are above 0": [-3, -2, -7, -5],
            "the distances are divided by the box's sides; they are pixels": [
                0.3,
                2 / 7,
                0.7,
                5 / 7,
            ],
        },
    )
    expect.close(
        centerness,
        torch.tensor([sqrt(3 / 7 * 2 / 5)]),
        name="centerness of that point",
        cause="√(min(l, r)/max(l, r) · min(t, b)/max(t, b)) is not what is computed",
        look=look,
        mistakes={
            "the root is missing": 3 / 7 * 2 / 5,
            "the two ratios are averaged; they are multiplied": sqrt((3 / 7 + 2 / 5) / 2),
            "only left and right are compared": sqrt(3 / 7),
            "the ratio is upside down: it is at most 1": sqrt(7 / 3 * 5 / 2),
            "left is compared with top: l belongs to r, and t to b": sqrt(2 / 3 * 5 / 7),
        },
    )
    points = torch.tensor([[0.0, 0], [12, 3], [7, 4.5]])
    distances, centerness = run(points, box)
    expect.close(
        distances,
        torch.tensor([[0.0, 0, 0, 0], [0, 0, 0, 0], [5, 3.5, 5, 3.5]]),
        name="distances of (0, 0) outside, (12, 3) on the rim, (7, 4.5) at the centre",
        cause="a point in no box is background, zeros; on the rim a distance is 0, so it is in no box",
        look=look,
    )
    expect.close(
        centerness,
        torch.tensor([0.0, 0, 1]),
        name="centerness of the same points",
        cause="background has 0, the centre of a box 1",
        look=look,
    )
    # The first box is not what a measure other than the area would choose.
    nested = [[4.0, 1, 10, 6], [5, 1, 9, 5], [0, 0, 20, 20], [6, 2, 9, 6], [30, 30, 31, 31]]
    expect.close(
        run(torch.tensor([[7.0, 3]]), torch.tensor(nested))[0],
        torch.tensor([[1.0, 1, 2, 3]]),
        name="distances of a point in boxes of areas 30, 16, 400 and 12, and beside one of area 1",
        cause="the box of the smallest area among those that hold the point",
        look=look,
        mistakes={
            "the first box that holds the point was taken, not the smallest": [3, 2, 3, 3],
            "the largest box was taken": [7, 3, 13, 17],
            "the point is taken for background, though several boxes hold it": [0, 0, 0, 0],
            "the smallest of all boxes was taken, though the point is not in it": [
                -23,
                -27,
                24,
                28,
            ],
        },
    )
    # Of the two boxes around each point the smaller in area has the longer rim, or the longer of the shorter sides.
    boxes = [[0.0, 0, 2, 16], [0, 0, 6, 6], [30, 0, 35, 5], [30, 0, 32, 15]]
    expect.close(
        run(torch.tensor([[1.0, 1], [31, 1]]), torch.tensor(boxes))[0],
        torch.tensor([[1.0, 1, 1, 15], [1, 1, 4, 4]]),
        name="distances of a point in boxes of 2 x 16 and 6 x 6, and of one in 5 x 5 and 2 x 15",
        cause="the box of the smallest area: width times height",
        look=look,
        mistakes={
            "the box of the shortest rim was taken; the smallest area is asked for": [
                *(1, 1, 5, 5),
                *(1, 1, 4, 4),
            ],
        },
    )


def _fcos(function: Callable, look: str, *arguments: torch.Tensor):
    result = expect.result(function, arguments, names="points, boxes", look=look)
    expect.several(result, 2, want="two tensors: return distances, centerness", look=look)
    P = len(arguments[0])
    cause = "one row for each point, made of the one box that counts: the axis of the boxes is gone"
    expect.tensor(result[0], (P, 4), name="distances", look=look, shape_cause=cause)
    points, boxes = (side[:, None] if i == 0 else side for i, side in enumerate(arguments))
    sides = torch.cat([points - boxes[:, :2], boxes[:, 2:] - points], dim=2)  # (P, N, 4)
    expect.tensor(
        result[1],
        (P,),
        name="centerness",
        look=look,
        shape_cause=cause,
        finite_cause="the root of a negative number or 0/0 at background: choose values there before the root",
        finite_else=(sides > 0).all(2).any(1),
    )
    return result


def soft_nms(function: Callable) -> None:
    """Check exercise 3: soft_nms(boxes, scores, sigma) -> out (N,)."""
    look = f"exercise 3, formula (4); {LESSON}, on non-maximum suppression"
    run = partial(_soft_nms, function, look)
    # IoU of neighbours in this row: 2/4 = 0.5, and of the first with the third 1/5 = 0.2.
    row = torch.tensor([[0.0, 0, 3, 1], [1, 0, 4, 1], [2, 0, 5, 1]])
    scores = torch.tensor([0.9, 0.8, 0.7])
    near, next_but_one = exp(-0.25 / 0.4), exp(-0.04 / 0.4)
    third = 0.7 * next_but_one
    want = [0.9, 0.8 * near * near, third]
    mistakes = {
        "boxes are taken in the order of their first scores; it changes as scores fall": [
            0.9,
            0.8 * near,
            third * near,
        ],
        "scores are lowered once, by the first box only": [0.9, 0.8 * near, third],
        "the score is multiplied by 1 − IoU, the paper's linear version": [0.9, 0.2, 0.56],
        "the scores come in the order in which boxes are taken": [0.9, third, want[1]],
        "a box lowers itself: only those still waiting are lowered": [
            score * exp(-1 / 0.4) for score in want
        ],
        "a box that has been taken keeps its score; it is lowered by later ones here": [
            0.9 * near * next_but_one,
            0.8 * near * near,
            third * near,
        ],
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
        cause="take the largest, lower all that wait by exp(−IoU²/σ), take the largest of what they are now",
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
        cause="the better one stays as it is, the other is lowered by exp(−1/σ); nothing is deleted",
        look=look,
        mistakes={"the lesser one is deleted, as in hard suppression": [0, 0.6]},
    )


def _soft_nms(function: Callable, look: str, *arguments) -> torch.Tensor:
    out = expect.result(function, arguments, names="boxes, scores, sigma", look=look)
    cause = "each box keeps a score, in the order of boxes: nothing is deleted"
    expect.tensor(out, (len(arguments[0]),), name="out", look=look, shape_cause=cause)
    return out
