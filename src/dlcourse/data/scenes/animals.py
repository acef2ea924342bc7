"""The animals of the drawn world, drawn as `objects` draws things."""

import torch
from torch import Tensor

from dlcourse.data.scenes.names import piece
from dlcourse.data.scenes.render import FLAT, SOFT, Sketch, between


def cat(sketch: Sketch, colour: Tensor, u: Tensor) -> None:
    fur, belly = colour, colour + (1 - colour) * 0.45
    tail, legs, head = piece("cat", "tail"), piece("cat", "legs"), piece("cat", "head")
    curl = between(0.0, 0.25, u[:, 0])
    sketch.capsule(0.15, -0.06, 0.42, -0.12 - curl / 2, 0.045, fur, tag=tail, **FLAT)
    sketch.capsule(0.42, -0.12 - curl / 2, 0.46, -0.30 - curl, 0.042, fur, tag=tail, **FLAT)
    sketch.ellipse(
        0.46, -0.31 - curl, 0.042, 0.055, belly, tag=piece("cat", "tail", "tip"), edge=0.3
    )
    sketch.ellipse(0.05, -0.27, 0.26, 0.27, fur, tag=piece("cat", "body"), **SOFT)
    sketch.ellipse(-0.05, -0.36, 0.19, 0.30, fur, tag=piece("cat", "body"), shade=0.2)
    sketch.ellipse(-0.07, -0.33, 0.10, 0.18, belly, tag=piece("cat", "body"))
    for x in (-0.16, 0.03):
        sketch.capsule(x, -0.30, x, -0.06, 0.055, fur, tag=legs, **FLAT)
        sketch.ellipse(
            x - 0.01, -0.04, 0.07, 0.042, belly, tag=piece("cat", "legs", "paws"), edge=0.3
        )
    x, y = between(-0.14, 0.02, u[:, 1]), between(-0.72, -0.68, u[:, 2])
    for side in (-1, 1):
        sketch.box(
            x + 0.14 * side, y - 0.18, 0.085, 0.10, fur,
            top=0.0, angle=0.25 * side, corner=0.01, tag=piece("cat", "head", "ears"), edge=0.35,
        )  # fmt: skip
        sketch.box(
            x + 0.138 * side, y - 0.165, 0.045, 0.06, (0.93, 0.62, 0.62),
            top=0.0, angle=0.25 * side, tag=piece("cat", "head", "ears"),
        )  # fmt: skip
    sketch.ellipse(x, y, 0.23, 0.19, fur, tag=head, **SOFT)
    face = piece("cat", "head", "face")
    sketch.ellipse(x, y + 0.08, 0.11, 0.075, belly, tag=face)
    iris = torch.where(
        u[:, 3:4] < 0.5, torch.tensor([0.55, 0.75, 0.25]), torch.tensor([0.95, 0.75, 0.2])
    )
    for side in (-1, 1):
        sketch.ellipse(x + 0.09 * side, y - 0.02, 0.045, 0.05, iris, tag=face, edge=0.3)
        sketch.ellipse(x + 0.09 * side, y - 0.02, 0.017, 0.042, (0.05, 0.05, 0.06), tag=face)
    sketch.box(x, y + 0.05, 0.03, 0.02, (0.90, 0.50, 0.52), top=1.8, tag=face)


def dog(sketch: Sketch, colour: Tensor, u: Tensor) -> None:
    fur, pale, dim = colour, colour + (1 - colour) * 0.4, colour * 0.72
    legs, body, paws = piece("dog", "legs"), piece("dog", "body"), piece("dog", "legs", "paws")
    stride = between(-0.09, 0.09, u[:, 0])
    wag = between(-0.1, 0.12, u[:, 1])
    sketch.capsule(-0.36, -0.48, -0.52 + wag, -0.70, 0.04, fur, tag=piece("dog", "tail"), **FLAT)
    for x, swing, shade in ((-0.27, -1, dim), (0.21, -1, dim), (-0.32, 1, fur), (0.27, 1, fur)):
        sketch.capsule(x, -0.34, x + swing * stride, -0.06, 0.055, shade, tag=legs, **FLAT)
        sketch.ellipse(
            x + swing * stride + 0.025, -0.04, 0.07, 0.042, (shade + pale) / 2, tag=paws, edge=0.3
        )
    sketch.capsule(-0.26, -0.42, 0.20, -0.43, 0.16, fur, tag=body, **SOFT)
    nod = between(-0.06, 0.06, u[:, 2])
    sketch.capsule(0.23, -0.47, 0.34, -0.64 + nod, 0.105, fur, tag=body, shade=0.1)
    collar = torch.stack([u[:, 5], 0.3 * u[:, 6], 1 - u[:, 5]], 1) * 0.5 + 0.3
    sketch.capsule(
        0.20, -0.60 + nod, 0.37, -0.53 + nod, 0.032, collar, tag=piece("dog", "body", "collar")
    )
    head, muzzle = piece("dog", "head"), piece("dog", "head", "muzzle")
    y = -0.76 + nod
    sketch.ellipse(0.36, y, 0.17, 0.155, fur, tag=head, **SOFT)
    sketch.capsule(0.44, y + 0.05, 0.55, y + 0.06, 0.075, pale, tag=muzzle, **FLAT)
    sketch.ellipse(0.61, y + 0.025, 0.042, 0.036, (0.08, 0.07, 0.08), tag=muzzle)
    sketch.capsule(0.47, y + 0.10, 0.57, y + 0.105, 0.008, (0.2, 0.1, 0.1), tag=muzzle)
    sketch.ellipse(0.42, y - 0.04, 0.026, 0.03, (0.06, 0.05, 0.06), tag=head)
    sketch.ellipse(0.43, y - 0.05, 0.009, 0.009, (1, 1, 1), tag=head)
    sketch.ellipse(
        0.25, y + 0.05, 0.075, 0.16, dim,
        angle=between(0.1, 0.5, u[:, 3]), tag=piece("dog", "head", "ear"), **SOFT,
    )  # fmt: skip
