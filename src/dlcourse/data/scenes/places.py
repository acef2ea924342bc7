"""Backgrounds, and where things stand before them."""

import torch
from torch import Tensor
from torch.nn import functional as F

from dlcourse.data.scenes.names import CLASSES, PLACES
from dlcourse.data.scenes.render import Sketch

# Of each place: the sky (or wall) at the top and at the horizon, the ground far and near.
GROUNDS = torch.tensor([
    [[0.42, 0.69, 0.95], [0.86, 0.94, 0.98], [0.66, 0.80, 0.45], [0.42, 0.63, 0.31]],
    [[0.36, 0.70, 0.95], [0.88, 0.95, 0.97], [0.95, 0.87, 0.67], [0.87, 0.74, 0.51]],
    [[0.60, 0.74, 0.90], [0.91, 0.95, 0.99], [0.94, 0.97, 1.00], [0.82, 0.88, 0.96]],
    [[0.55, 0.72, 0.90], [0.95, 0.92, 0.87], [0.66, 0.66, 0.68], [0.47, 0.48, 0.51]],
    [[0.90, 0.82, 0.72], [0.96, 0.91, 0.83], [0.80, 0.63, 0.46], [0.63, 0.45, 0.31]],
])  # fmt: skip
WALLS = torch.tensor([[1.0, 1.0, 1.0], [0.86, 0.98, 0.98], [0.90, 1.0, 0.90], [1.0, 0.90, 0.92]])
# Daylight, evening and dusk: what the light multiplies every colour by.
LIGHTS = torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [1.04, 0.93, 0.80], [0.74, 0.77, 0.93]])
# Of each class, in the order of CLASSES: height in the picture at middle depth, and, in its own units,
# half its width and its height.
SIZES = torch.tensor([
    [0.50, 0.28, 1.00], [0.30, 0.42, 0.98], [0.36, 0.55, 0.95], [0.50, 0.52, 1.00],
    [0.60, 0.40, 0.98], [0.48, 0.50, 0.60], [0.19, 0.50, 1.00], [0.44, 0.55, 1.02],
])  # fmt: skip
CANDIDATES = 8


def background(place: Tensor, u: Tensor, size: int) -> tuple[Tensor, Sketch, Tensor, Tensor]:
    """Return pictures (B, 3, size, size) of `place` (B,), a sketch of what stands far away in them,
    the horizon (B,) as a fraction of the height, and the tint of the light (B, 3). u (B, 80) in [0, 1).
    """  # fmt: skip
    horizon = 0.36 + 0.16 * u[:, 0] + 0.08 * (place == 4)
    tint = LIGHTS[(u[:, 1] * len(LIGHTS)).long()]
    colours = GROUNDS[place] * (0.96 + 0.08 * u[:, 2:3, None])
    wall = torch.where((place == 4)[:, None], WALLS[(u[:, 3] * 4).long()], torch.ones(3))
    colours = torch.cat([colours[:, :2] * wall[:, None], colours[:, 2:]], 1)
    y = (torch.arange(size) + 0.5) / size
    above = (y / horizon[:, None]).clamp(0, 1)[:, None]
    below = ((y - horizon[:, None]) / (1 - horizon[:, None])).clamp(0, 1)[:, None]
    sky = torch.lerp(colours[:, 0, :, None], colours[:, 1, :, None], above)
    ground = torch.lerp(colours[:, 2, :, None], colours[:, 3, :, None], below)
    share = ((y - horizon[:, None]) * size + 0.5).clamp(0, 1)[:, None]
    rows = torch.lerp(sky, ground, share)
    strength = torch.where(place == 4, 0.03, 0.05)[:, None, None, None]
    grid = (u[:, 16:80].reshape(-1, 1, 16, 4) - 0.5) * strength
    texture = F.interpolate(grid, (size, size), mode="bicubic", align_corners=False)
    sketch = scenery(place, horizon, colours, u)
    return rows[..., None] + texture * (0.3 + 0.7 * share[..., None]), sketch, horizon, tint


def scenery(place: Tensor, horizon: Tensor, colours: Tensor, u: Tensor) -> Sketch:
    sketch = Sketch(len(place))
    names = list(PLACES)
    meadow, beach, snow, street, room = (place == index for index in range(len(names)))
    out = ~room
    sun = 0.12 + 0.76 * u[:, 4]
    sketch.ellipse(sun, 0.12 + 0.1 * u[:, 5], 0.11, 0.11, (1.0, 0.97, 0.8), soft=0.14, opacity=0.7, only=out)  # fmt: skip
    sketch.ellipse(sun, 0.12 + 0.1 * u[:, 5], 0.05, 0.05, (1.0, 0.97, 0.82), only=out)
    for index in range(2):
        x, y = u[:, 6 + index], 0.08 + 0.2 * u[:, 8 + index] * index
        for dx, dy, r in ((0, 0, 0.045), (0.06, -0.02, 0.05), (0.12, 0.0, 0.04)):
            sketch.ellipse(x + dx - 0.06, y + dy + 0.02, r * 1.3, r * 0.75, (1, 1, 1), soft=0.03, opacity=0.85, only=out)  # fmt: skip
    far, low = colours[:, 2], colours[:, 1]
    hill = torch.where(snow[:, None], torch.tensor([0.75, 0.83, 0.92]), far * 0.5 + low * 0.35)
    for index in range(2):
        x = index * 0.7 + 0.3 * u[:, 10 + index]
        sketch.ellipse(x, horizon + 0.06, 0.42, 0.10 + 0.10 * u[:, 12 + index], hill * (1 - 0.06 * index), only=meadow | snow, shade=0.1)  # fmt: skip
    sketch.box(0.5, horizon + 0.07, 0.6, 0.08, far, only=meadow | snow)
    sketch.box(0.5, horizon - 0.01, 0.6, 0.06, (0.25, 0.60, 0.78), only=beach)
    sketch.box(0.5, horizon + 0.045, 0.6, 0.009, (0.93, 0.97, 0.97), only=beach, soft=0.01)
    for index in range(6):
        height = 0.08 + 0.16 * u[:, 16 + index]
        shade = torch.tensor([0.62, 0.66, 0.74]) * (0.9 + 0.2 * u[:, 24 + index, None])
        sketch.box(0.08 + index * 0.17, horizon - height / 2, 0.075, height / 2 + 0.01, shade, only=street, shade=0.1)  # fmt: skip
    for index in range(3):
        sketch.box(0.15 + 0.35 * index, horizon + 0.55 * (1 - horizon), 0.08, 0.012, (0.9, 0.88, 0.8), lean=0.8, only=street, opacity=0.8)  # fmt: skip
    sketch.box(0.5, horizon - 0.012, 0.6, 0.014, (0.98, 0.96, 0.92), only=room, edge=0.1)
    x = 0.25 + 0.5 * u[:, 6]
    sketch.box(x, 0.2, 0.15, 0.12, (0.98, 0.97, 0.94), only=room, edge=0.2)
    sketch.box(x, 0.2, 0.13, 0.10, colours[:, 0] * torch.tensor([0.6, 0.95, 1.2]), only=room, shade=0.2)  # fmt: skip
    sketch.box(x, 0.2, 0.006, 0.10, (0.98, 0.97, 0.94), only=room)
    rug = u[:, 7:10] * 0.45 + 0.45
    sketch.ellipse(0.5, 0.5 + horizon / 2, 0.44, 0.36 * (1 - horizon), rug, only=room, edge=0.2)
    sketch.ellipse(0.5, 0.5 + horizon / 2, 0.35, 0.28 * (1 - horizon), rug * 0.9 + 0.08, only=room)
    return sketch


def layout(
    labels: Tensor, count: Tensor, horizon: Tensor, u: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return where things stand, x and y (B, N), and their scale (B, N), all in units of the picture.

    `labels` (B, N) of which the first `count` (B,) are drawn; u (B, N, 4 * CANDIDATES) in [0, 1). Of
    eight random arrangements, that one is taken which first hides no thing by more than four tenths.
    """  # fmt: skip
    B, N = labels.shape
    u = u.reshape(B, N, CANDIDATES, 4).transpose(1, 2)
    present = (torch.arange(N) < count[:, None])[:, None]
    nominal, half, high = SIZES[labels][:, None].unbind(-1)
    horizon = horizon[:, None, None]
    depth = u[..., 0]
    scale = nominal * (0.75 + 0.40 * depth) * (0.88 + 0.24 * u[..., 1])
    rank = torch.argsort(torch.argsort(u[..., 2] + 2 * ~present, -1), -1)
    x = (rank + 0.5 + 0.8 * (u[..., 3] - 0.5)) / count[:, None, None]
    scale = torch.minimum(scale, 0.46 / half)
    wide, tall = half * scale * 0.95, high * scale
    x = torch.minimum(torch.maximum(x, wide), 1 - wide)
    y = torch.maximum(horizon + 0.10 + (0.86 - horizon) * depth, tall + 0.02).clamp_max(0.97)
    left, right, top = x - wide, x + wide, y - tall
    across = torch.minimum(right[..., None], right[..., None, :]) - torch.maximum(left[..., None], left[..., None, :])  # fmt: skip
    along = torch.minimum(y[..., None], y[..., None, :]) - torch.maximum(top[..., None], top[..., None, :])  # fmt: skip
    hidden = across.clamp_min(0) * along.clamp_min(0) / (2 * wide * tall)[..., None]
    in_front = (y[..., None, :] > y[..., None]) & present[..., None, :] & present[..., None]
    worst = (hidden * in_front).sum(-1).amax(-1)
    best = worst.clamp_min(0.4).argmin(1)[:, None, None].expand(B, 1, N)
    return tuple(field.gather(1, best)[:, 0] for field in (x, y, scale))


assert len(SIZES) == len(CLASSES)
assert len(GROUNDS) == len(PLACES)
