"""The things of the drawn world but for people: a function each, which draws into a sketch.

Each draws around (0, 0), where it stands, upwards (negative y), about one unit long or high.
`colour` (R, 3) is the colour a caption names; `u` (R, 16) in [0, 1) decides all else.
"""

import torch
from torch import Tensor

from dlcourse.data.scenes.animals import cat, dog
from dlcourse.data.scenes.names import piece
from dlcourse.data.scenes.render import FLAT, SOFT, Sketch, between

DARK, PALE = (0.15, 0.15, 0.18), (0.96, 0.95, 0.90)
ROOFS = torch.tensor(
    [[0.72, 0.36, 0.26], [0.40, 0.42, 0.50], [0.50, 0.33, 0.24], [0.33, 0.45, 0.38]]
)


def house(sketch: Sketch, colour: Tensor, u: Tensor) -> None:
    half = between(0.36, 0.46, u[:, 0])
    roof = ROOFS[(u[:, 1] * len(ROOFS)).long()]
    slope = between(0.0, 0.5, u[:, 2]) * (u[:, 3] < 0.5)
    sketch.box(
        between(0.1, 0.22, u[:, 4]), -0.86, 0.06, 0.14, roof * 0.85,
        tag=piece("house", "roof", "chimney"), **FLAT,
    )  # fmt: skip
    sketch.box(0, -0.29, half, 0.29, colour, tag=piece("house", "wall"), **FLAT)
    sketch.box(
        0, -0.74, half * 1.22, 0.20, roof,
        top=slope, corner=0.01, tag=piece("house", "roof"), **FLAT,
    )  # fmt: skip
    sketch.box(0, -0.535, half, 0.03, (0.1, 0.1, 0.2), opacity=0.2)
    door = (u[:, 5:8] * 0.6 + 0.1) * torch.tensor([0.8, 0.7, 0.6])
    sketch.box(0, -0.17, 0.085, 0.17, door, corner=0.02, tag=piece("house", "door"), **FLAT)
    sketch.ellipse(0.05, -0.16, 0.017, 0.017, (0.95, 0.85, 0.4), tag=piece("house", "door", "knob"))
    pane = torch.where(
        u[:, 8:9] < 0.35, torch.tensor([1.0, 0.85, 0.45]), torch.tensor([0.55, 0.75, 0.88])
    )
    for side, name in ((-1, "left"), (1, "right")):
        x = side * (half * 0.5 + 0.045)
        frame, glass = (
            piece("house", f"{name} window"),
            piece("house", f"{name} window", f"{name} pane"),
        )
        sketch.box(x, -0.36, 0.105, 0.115, PALE, tag=frame, edge=0.25)
        sketch.box(x, -0.36, 0.075, 0.085, pane, tag=glass, shade=0.15)
        sketch.box(x, -0.36, 0.012, 0.085, PALE, tag=frame)


def tree(sketch: Sketch, colour: Tensor, u: Tensor) -> None:
    bark = torch.tensor([0.45, 0.31, 0.22]) * between(0.8, 1.2, u[:, :1])
    tall = between(0.28, 0.42, u[:, 1])
    sketch.box(
        0, -tall / 2 - 0.05, 0.065, tall / 2 + 0.05, bark,
        top=0.65, tag=piece("tree", "trunk"), **SOFT,
    )  # fmt: skip
    sketch.ellipse(0.005, -0.2, 0.02, 0.03, bark * 0.55, tag=piece("tree", "trunk", "hollow"))
    crown = piece("tree", "crown")
    conifer = u[:, 2] < 0.3
    for step in range(3):
        y, half = -tall - 0.06 - 0.19 * step, 0.33 - 0.075 * step
        sketch.box(
            0, y - 0.08, half, 0.17, colour * (0.9 + 0.06 * step),
            top=0.0, corner=0.02, only=conifer, tag=crown, **SOFT,
        )  # fmt: skip
    for step, (dx, dy, r) in enumerate(
        [(-0.2, -0.12, 0.2), (0.2, -0.14, 0.2), (0.0, -0.3, 0.27), (-0.06, -0.2, 0.2)]
    ):
        size = r * between(0.85, 1.1, u[:, 3 + step])
        shade = colour * (0.9 + 0.05 * step)
        sketch.ellipse(dx, dy - tall, size, size * 0.95, shade, only=~conifer, tag=crown, **SOFT)
    fruit = torch.where(
        u[:, 8:9] < 0.5, torch.tensor([0.85, 0.2, 0.2]), torch.tensor([0.98, 0.85, 0.35])
    )
    for step, (dx, dy) in enumerate([(-0.15, -0.14), (0.08, -0.32), (0.17, -0.12), (-0.05, -0.2)]):
        jitter = 0.05 * u[:, 9 + step]
        sketch.ellipse(
            dx + jitter, dy - tall, 0.032, 0.032, fruit,
            only=~conifer & (u[:, 14] < 0.5), tag=piece("tree", "crown", "fruit"), edge=0.3,
        )  # fmt: skip


def car(sketch: Sketch, colour: Tensor, u: Tensor) -> None:
    body, glass = piece("car", "body"), torch.tensor([0.62, 0.80, 0.90])
    roof, back = between(0.20, 0.30, u[:, 0]), between(-0.12, 0.0, u[:, 1])
    sketch.box(
        back, -0.30 - roof / 2, 0.33, roof / 2 + 0.03, colour,
        top=0.7, corner=0.05, tag=body, **FLAT,
    )  # fmt: skip
    sketch.box(0, -0.21, 0.5, 0.13, colour, corner=0.08, tag=body, **SOFT)
    for side, name in ((-1, "back"), (1, "front")):
        tag = piece("car", f"{name} window")
        sketch.box(
            back + side * 0.135, -0.30 - roof / 2, 0.115, roof / 2 - 0.025, glass,
            top=0.72, lean=-0.2 * side, corner=0.015, tag=tag, shade=0.2, edge=0.3,
        )  # fmt: skip
    sketch.ellipse(
        0.46, -0.23, 0.035, 0.045, (1.0, 0.93, 0.6), tag=piece("car", "body", "light"), edge=0.3
    )
    sketch.box(0, -0.15, 0.45, 0.012, colour * 0.7, tag=body)
    radius = between(0.11, 0.13, u[:, 2])
    for side, name in ((-1, "back"), (1, "front")):
        tyre, hub = piece("car", f"{name} wheel"), piece("car", f"{name} wheel", f"{name} hub")
        sketch.ellipse(0.29 * side, -radius, radius, radius, DARK, tag=tyre, shade=0.3)
        sketch.ellipse(
            0.29 * side, -radius, radius * 0.5, radius * 0.5, (0.78, 0.80, 0.83),
            tag=hub, shade=0.2, edge=0.3,
        )  # fmt: skip


def ball(sketch: Sketch, colour: Tensor, u: Tensor) -> None:
    turn = between(-1.6, 1.6, u[:, 0])
    other = torch.where(
        colour.mean(1, keepdim=True) > 0.8, torch.tensor([0.55, 0.62, 0.72]), torch.tensor(PALE)
    )
    sketch.ellipse(0, -0.5, 0.5, 0.5, colour, tag=piece("ball"), shade=0.35, edge=0.35)
    sketch.ellipse(
        0, -0.5, 0.485, between(0.12, 0.22, u[:, 1]), other,
        angle=turn, tag=piece("ball", "stripe"), shade=0.3,
    )  # fmt: skip
    sketch.ellipse(
        0, -0.5, 0.09, 0.09, colour * 0.9, only=u[:, 2] < 0.7, tag=piece("ball", "stripe", "star")
    )
    sketch.ellipse(
        sketch.light[:, 0] * 0.25 * sketch.flip, -0.5 + 0.25 * sketch.light[:, 1], 0.09, 0.07,
        (1, 1, 1),
        soft=0.15, opacity=0.7,
    )  # fmt: skip


def boat(sketch: Sketch, colour: Tensor, u: Tensor) -> None:
    sail = torch.tensor([[0.97, 0.95, 0.90], [0.98, 0.90, 0.72], [0.80, 0.90, 0.95]])[
        (u[:, 0] * 3).long()
    ]
    mast, tall = piece("boat", "mast"), between(0.75, 0.95, u[:, 1])
    sketch.ellipse(0, -0.02, 0.72, 0.10, (0.30, 0.58, 0.78), soft=0.03)
    sketch.ellipse(0.1, -0.03, 0.5, 0.05, (0.50, 0.74, 0.88), soft=0.05)
    sketch.box(0, -0.1 - tall / 2, 0.018, tall / 2, (0.45, 0.32, 0.22), tag=mast, **FLAT)
    sketch.box(0.07, -tall - 0.05, 0.07, 0.045, colour, tag=piece("boat", "mast", "flag"), edge=0.3)
    zero = torch.zeros_like(tall)
    large = [
        (zero + 0.03, -tall + 0.03),
        (between(0.32, 0.44, u[:, 2]), zero - 0.27),
        (zero + 0.03, zero - 0.24),
    ]
    small = [
        (zero - 0.03, -tall * 0.85),
        (between(-0.38, -0.28, u[:, 3]), zero - 0.27),
        (zero - 0.03, zero - 0.24),
    ]
    for points, there in ((large, None), (small, u[:, 4] < 0.7)):
        corners = torch.stack([torch.stack(point, 1) for point in (*points, points[-1])], 1)
        sketch.quad(corners, sail, tag=piece("boat", "sail"), only=there, **SOFT)
    sketch.ellipse(
        0.13, -0.40, 0.055, 0.055, colour, tag=piece("boat", "sail", "emblem"), only=u[:, 5] < 0.6
    )
    hull = piece("boat", "hull")
    sketch.box(0, -0.105, 0.34, 0.095, colour, top=1.45, corner=0.03, tag=hull, **SOFT)
    sketch.box(0, -0.19, 0.48, 0.015, colour * 0.75, corner=0.01, tag=hull)
    for x in (-0.18, 0.0, 0.18):
        sketch.ellipse(
            x, -0.115, 0.034, 0.034, PALE, tag=piece("boat", "hull", "porthole"), edge=0.4
        )
    sketch.ellipse(0, 0.03, 0.5, 0.035, (0.42, 0.68, 0.85), soft=0.02)


DRAW = {
    "cat": cat,
    "dog": dog,
    "house": house,
    "tree": tree,
    "car": car,
    "ball": ball,
    "boat": boat,
}
