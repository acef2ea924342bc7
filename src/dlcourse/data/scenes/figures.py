"""People: a skeleton of 14 joints in any pose, and the shapes that clothe it."""

import torch
from torch import Tensor

from dlcourse.data.scenes.names import piece
from dlcourse.data.scenes.render import Sketch

SKIN = (
    (0.98, 0.84, 0.73),
    (0.93, 0.73, 0.58),
    (0.80, 0.58, 0.42),
    (0.60, 0.40, 0.28),
    (0.42, 0.27, 0.19),
)
HAIR = (
    (0.16, 0.12, 0.11),
    (0.36, 0.22, 0.13),
    (0.62, 0.38, 0.18),
    (0.86, 0.68, 0.36),
    (0.55, 0.53, 0.52),
)
TROUSERS = (
    (0.22, 0.30, 0.48),
    (0.36, 0.36, 0.40),
    (0.45, 0.34, 0.25),
    (0.62, 0.58, 0.48),
    (0.28, 0.20, 0.32),
)
# Lengths for a standing height of 1.
SHIN, THIGH, TORSO, UPPER_ARM, FOREARM = 0.21, 0.22, 0.32, 0.16, 0.15
HIP, SHOULDER, HEAD = 0.065, 0.115, 0.10


def choose(table: tuple, u: Tensor) -> Tensor:
    """Return the row of a table that each u in [0, 1) falls on (R, 3)."""
    return torch.tensor(table)[(u * len(table)).long()]


def skeleton(u: Tensor, lively: Tensor | float) -> Tensor:
    """Return joints (R, 14, 2) of poses u (R, 9) in [0, 1): lowest foot at y = 0, facing us.

    `lively` from 0 to 1 widens the range of every angle. Angles are from straight down, towards the
    figure's left, which is our right.
    """
    sway = 2 * u - 1
    lean = 0.25 * lively * sway[:, 0]
    across = torch.tensor([1.0, -1.0])  # left, right
    thigh = across * (0.12 + (0.08 + 0.75 * lively) * u[:, 1:3])
    knee = thigh - across * (0.1 + 1.1 * lively) * u[:, 3:5] * (thigh * across)
    arm = across * (0.25 + (0.4 + 2.1 * lively) * u[:, 5:7])
    elbow = arm + across * (-0.3 + (0.6 + 1.4 * lively) * u[:, 7:9])

    def reach(start, length, angle):
        return start + length * torch.stack([angle.sin(), angle.cos()], -1)

    pelvis = torch.zeros(len(u), 1, 2)
    neck = reach(pelvis, -TORSO, -lean[:, None])
    turn = torch.stack([lean.cos(), lean.sin()], -1)[:, None] * across[:, None]
    hips, shoulders = pelvis + HIP * turn, neck + SHOULDER * turn
    shoulders = shoulders + torch.tensor([0.0, 0.035])
    knees = reach(hips, THIGH, thigh)
    feet = reach(knees, SHIN, knee)
    elbows = reach(shoulders, UPPER_ARM, arm)
    hands = reach(elbows, FOREARM, elbow)
    top = reach(neck, -0.05 - 2 * HEAD, -1.3 * lean[:, None])
    joints = torch.cat([feet, knees, hips, shoulders, elbows, hands, neck, top], 1)
    ground = feet[..., 1].amax(1)[:, None, None] + 0.025
    return joints - ground * torch.tensor([0.0, 1.0])


def person(sketch: Sketch, colour: Tensor, u: Tensor, lively: Tensor | float) -> Tensor:
    """Draw people with shirts of `colour` (R, 3) from u (R, 16); return their joints (R, 14, 2)."""
    joints = skeleton(u[:, :9], lively)
    skin, hair, trousers = choose(SKIN, u[:, 9]), choose(HAIR, u[:, 10]), choose(TROUSERS, u[:, 11])
    long_hair, short_sleeves, skirt = u[:, 12] < 0.45, u[:, 13] < 0.5, u[:, 14] < 0.25
    look = {"shade": 0.12, "edge": 0.35}
    points = joints.unbind(1)

    def limb(a, b, radius, colour, tag, **more):
        (x0, y0), (x1, y1) = points[a].T, points[b].T
        sketch.capsule(x0, y0, x1, y1, radius, colour, tag=tag, **look, **more)

    neck, top = points[12], points[13]
    head = top + (neck - top) * (HEAD / (0.05 + 2 * HEAD))
    x, y = head.T
    sketch.capsule(
        x, y, x, y + 0.13, 0.10, hair, tag=piece("person", "head", "hair"), only=long_hair, **look
    )
    for side, name in ((0, "left"), (1, "right")):
        leg = piece("person", f"{name} leg")
        limb(4 + side, 2 + side, 0.052, trousers, leg)
        limb(2 + side, 0 + side, 0.045, trousers, leg)
        fx, fy = points[side].T
        toe = 0.03 if side == 0 else -0.03
        sketch.capsule(
            fx, fy, fx + toe, fy + 0.004, 0.030, (0.18, 0.15, 0.16),
            tag=piece("person", f"{name} leg", f"{name} foot"),
        )  # fmt: skip
    torso = piece("person", "torso")
    limb(12, 12, 0.04, skin, piece("person", "head"))
    corners = torch.stack([points[6], points[7], points[5], points[4]], 1)
    sketch.quad(_grown(corners, 1.22), colour, corner=0.05, tag=torso, **look)
    middle = joints[:, 4:6].mean(1)
    sketch.box(
        middle[:, 0], middle[:, 1] + 0.06, 0.16, 0.1, colour,
        top=0.55, corner=0.02, only=skirt, tag=torso, **look,
    )  # fmt: skip
    sketch.ellipse(
        x, y - 0.012, 0.084, HEAD - 0.012, hair, tag=piece("person", "head", "hair"), **look
    )
    face = piece("person", "head", "face")
    sketch.ellipse(x, y + 0.02, 0.071, 0.08, skin, tag=face, shade=0.12)
    for side in (-1, 1):
        sketch.ellipse(x + 0.03 * side, y + 0.015, 0.011, 0.014, (0.12, 0.1, 0.1), tag=face)
    sketch.capsule(x - 0.018, y + 0.062, x + 0.018, y + 0.062, 0.006, (0.70, 0.30, 0.28), tag=face)
    bare = torch.where(short_sleeves[:, None], skin, colour)
    for side, name in ((0, "left"), (1, "right")):
        arm = piece("person", f"{name} arm")
        limb(8 + side, 10 + side, 0.034, bare, arm)
        limb(6 + side, 8 + side, 0.043, colour, arm)
        hx, hy = points[10 + side].T
        sketch.ellipse(
            hx, hy, 0.036, 0.036, skin, tag=piece("person", f"{name} arm", f"{name} hand"), **look
        )
    return joints


def _grown(corners: Tensor, factor: float) -> Tensor:
    centre = corners.mean(1, keepdim=True)
    return centre + (corners - centre) * factor
