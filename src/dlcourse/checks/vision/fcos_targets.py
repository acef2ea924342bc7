"""Exercise 2 of 03_vision: boxes coded as distances from points."""

from collections.abc import Callable
from functools import partial
from math import sqrt

import torch

from dlcourse.checks import expect


def fcos_targets(function: Callable) -> None:
    """Check exercise 2: fcos_targets(points, boxes) -> distances (P, 4), centerness (P,)."""
    look = "exercise 2, formulas (2) and (3); lesson 03_cnn/04_detection, on anchors"
    run = partial(_fcos, function, look)
    box = torch.tensor([[2.0, 1, 12, 8]])
    inside = torch.tensor([[5.0, 3]])  # l, t, r, b = 3, 2, 7, 5
    distances, centerness = run(inside, box)
    shares = [3 / 10, 2 / 7, 7 / 10, 5 / 7]
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
            "the distances are divided by the box's sides; they are pixels": shares,
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
        cause="a point in no box is background, zeros; "
        "on the rim a distance is 0, so it is in no box",
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
    beside = [-23, -27, 24, 28]
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
            "the smallest of all boxes was taken, though the point is not in it": beside,
        },
    )
    # Of the two boxes around each point the smaller in area has the longer rim, or the longer of
    # the shorter sides.
    boxes = [[0.0, 0, 2, 16], [0, 0, 6, 6], [30, 0, 35, 5], [30, 0, 32, 15]]
    short = [1, 1, 5, 5, 1, 1, 4, 4]
    expect.close(
        run(torch.tensor([[1.0, 1], [31, 1]]), torch.tensor(boxes))[0],
        torch.tensor([[1.0, 1, 1, 15], [1, 1, 4, 4]]),
        name="distances of a point in boxes of 2 x 16 and 6 x 6, and of one in 5 x 5 and 2 x 15",
        cause="the box of the smallest area: width times height",
        look=look,
        mistakes={
            "the box of the shortest rim was taken; the smallest area is asked for": short,
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
        finite_cause="the root of a negative number or 0/0 at background: "
        "choose values there before the root",
        finite_else=(sides > 0).all(2).any(1),
    )
    return result
