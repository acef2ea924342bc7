"""Backgrounds, and where things stand before them."""

import torch
from torch import Tensor

from dlcourse.data.scenes.names import CLASSES, PLACES
from dlcourse.data.scenes.render import Sketch

# Of each place: the sky (or wall) at the top and at the horizon, the ground far and near.
GROUNDS = torch.tensor(
    [
        [[0.42, 0.69, 0.95], [0.86, 0.94, 0.98], [0.66, 0.80, 0.45], [0.42, 0.63, 0.31]],
        [[0.36, 0.70, 0.95], [0.88, 0.95, 0.97], [0.95, 0.87, 0.67], [0.87, 0.74, 0.51]],
        [[0.60, 0.74, 0.90], [0.91, 0.95, 0.99], [0.94, 0.97, 1.00], [0.82, 0.88, 0.96]],
        [[0.55, 0.72, 0.90], [0.95, 0.92, 0.87], [0.66, 0.66, 0.68], [0.47, 0.48, 0.51]],
        [[0.90, 0.82, 0.72], [0.96, 0.91, 0.83], [0.80, 0.63, 0.46], [0.63, 0.45, 0.31]],
    ]
)
WALLS = torch.tensor([[1.0, 1.0, 1.0], [0.86, 0.98, 0.98], [0.90, 1.0, 0.90], [1.0, 0.90, 0.92]])
# Daylight, evening and dusk: what the light multiplies every colour by.
LIGHTS = torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [1.04, 0.94, 0.82], [0.80, 0.82, 0.95]])
# Of each class, in the order of CLASSES: height in the picture at middle depth, and, in its own
# units,
# half its width and its height.
SIZES = torch.tensor(
    [
        [0.50, 0.28, 1.00],
        [0.30, 0.42, 0.98],
        [0.36, 0.55, 0.95],
        [0.50, 0.52, 1.00],
        [0.60, 0.40, 0.98],
        [0.48, 0.50, 0.60],
        [0.19, 0.50, 1.00],
        [0.44, 0.55, 1.02],
    ]
)
CANDIDATES = 8
SNOW, ROOM = list(PLACES).index("snow"), list(PLACES).index("room")
RIDGES = torch.tensor([0.14, 0.0, 0.22, 0.0, 0.0])  # how high the hills of each place are
PETALS = torch.tensor([[1.0, 0.98, 0.92], [0.98, 0.86, 0.35], [0.95, 0.60, 0.72]])
CROWDED = torch.tensor([1.0, 1.22, 1.08, 1.0, 0.95, 0.90, 0.85, 0.80, 0.75])  # size for a count


def background(place: Tensor, u: Tensor, size: int) -> tuple[Tensor, Sketch, Tensor, Tensor]:
    """Return pictures of `place` (B,), with what stands far away, the horizon and the light."""
    horizon = 0.36 + 0.16 * u[:, 0] + 0.08 * (place == ROOM)
    tint = LIGHTS[(u[:, 1] * len(LIGHTS)).long()]
    wall = torch.where(
        (place == ROOM)[:, None], WALLS[(u[:, 3] * len(WALLS)).long()], torch.ones(3)
    )
    colours = GROUNDS[place] * (0.96 + 0.08 * u[:, 2:3, None])
    colours[:, :2] *= wall[:, None]
    top, low, far, near = colours[..., None].unbind(1)
    x = (torch.arange(size) + 0.5) / size
    y, edge = x[:, None], horizon[:, None, None]
    share = ((x[:, None] - edge) * size + 0.5).clamp_(0, 1)[:, None]  # of the ground in each row
    sky = torch.lerp(top, low, (x / horizon[:, None]).clamp(0, 1)[:, None])[..., None]
    down = ((x - horizon[:, None]) / (1 - horizon[:, None])).clamp(0, 1)
    ground = torch.lerp(far, near, down[:, None])[..., None]
    # Two waves make rolling hills, and their sharp crests make mountains.
    wave = torch.sin((2 + 3 * u[:, 4:6, None]) * 2 * x + 6.3 * u[:, 6:8, None])
    wave = torch.where(
        (place == SNOW)[:, None], 1 - 1.5 * wave.abs().amin(1), 0.5 + 0.5 * wave.mean(1)
    )
    height = RIDGES[place][:, None] * wave.clamp_min(0)
    ridge = ((y - edge + height[:, None]) * size + 0.5).clamp_(0, 1)[:, None]
    hill = (far * 0.55 + low * torch.tensor([0.24, 0.30, 0.38])[:, None])[..., None]
    grid = u[:, 16:80].reshape(-1, 16, 4) - 0.5
    texture = (_smooth(16, size) @ grid @ _smooth(4, size).T)[:, None]
    texture *= share * torch.where(place == ROOM, 0.03, 0.06)[:, None, None, None]
    # The sky, before it the hills, before them the ground: written so that little is done per
    # pixel.
    image = (ridge * (1 - share)) * (hill - sky)
    image.add_(torch.lerp(sky, ground, share)).add_(texture)
    return image, scenery(place, horizon, colours, u), horizon, tint


def _smooth(points: int, size: int) -> Tensor:
    """Return the weights (size, points) that make a smooth curve of values at a few points."""
    at = (torch.arange(size) + 0.5) / size * (points - 1)
    away = (at[:, None] - torch.arange(points)).abs().clamp_max(1)
    return 0.5 + 0.5 * torch.cos(torch.pi * away)


def scenery(place: Tensor, horizon: Tensor, colours: Tensor, u: Tensor) -> Sketch:
    """Return what stands far away, or lies about: nobody's, so without tags."""
    sketch = Sketch(len(place))
    meadow, beach, snow, street, room = (place == index for index in range(len(PLACES)))
    glow, out = (1.0, 0.97, 0.80), ~room
    sun = (0.12 + 0.76 * u[:, 8], 0.12 + 0.1 * u[:, 9])
    sketch.ellipse(*sun, 0.11, 0.11, glow, soft=0.14, opacity=0.7, only=out)
    sketch.ellipse(*sun, 0.05, 0.05, glow, only=out)
    for index in range(2):
        x, y = u[:, 10 + index], 0.07 + 0.2 * u[:, 12 + index] * index
        for dx, dy, r in ((-0.06, 0.02, 0.045), (0.0, 0.0, 0.05), (0.06, 0.02, 0.04)):
            sketch.ellipse(
                x + dx, y + dy, r * 1.3, r * 0.75, (1, 1, 1), soft=0.03, opacity=0.85, only=out
            )
    # The sea, with foam along the sand; a row of houses; lines on the road.
    sketch.box(0.5, horizon - 0.01, 0.6, 0.06, (0.25, 0.60, 0.78), only=beach)
    sketch.box(0.5, horizon - 0.03, 0.6, 0.004, (0.50, 0.76, 0.87), only=beach)
    sketch.box(0.5, horizon + 0.045, 0.6, 0.009, (0.93, 0.97, 0.97), only=beach, soft=0.01)
    block = torch.tensor([0.62, 0.66, 0.74])
    for index in range(6):
        height = 0.08 + 0.16 * u[:, 16 + index]
        tone = block * (0.9 + 0.2 * u[:, 22 + index, None])
        sketch.box(
            0.08 + index * 0.17, horizon - height / 2, 0.075, height / 2 + 0.01, tone,
            only=street, shade=0.1,
        )  # fmt: skip
    for index in range(3):
        sketch.box(
            0.15 + 0.35 * index, 0.55 + 0.45 * horizon, 0.08, 0.012, (0.9, 0.88, 0.8),
            lean=0.8, only=street, opacity=0.8,
        )  # fmt: skip
    # The window, the skirting board and the rug of a room.
    frame, x = (0.98, 0.97, 0.94), 0.25 + 0.5 * u[:, 10]
    sketch.box(0.5, horizon - 0.012, 0.6, 0.014, frame, only=room, edge=0.1)
    sketch.box(x, 0.2, 0.15, 0.12, frame, only=room, edge=0.2)
    glass = colours[:, 0] * torch.tensor([0.60, 0.90, 1.15])
    sketch.box(x, 0.2, 0.13, 0.10, glass, only=room, shade=0.2)
    sketch.box(x, 0.2, 0.006, 0.10, frame, only=room)
    rug, middle = u[:, 28:31] * 0.4 + 0.45, 0.5 + horizon / 2
    sketch.ellipse(0.5, middle, 0.44, 0.36 * (1 - horizon), rug, only=room, edge=0.2)
    sketch.ellipse(0.5, middle, 0.37, 0.29 * (1 - horizon), rug * 0.85 + 0.13, only=room)
    # Flowers, shells or snowflakes.
    petals = torch.where(
        meadow[:, None], PETALS[(u[:, 31] * len(PETALS)).long()], torch.tensor(frame)
    )
    for index in range(7):
        x, y = u[:, 32 + index], u[:, 40 + index]
        down = torch.where(snow, 0.9 * y, horizon + 0.10 + (0.88 - horizon) * y)
        sketch.ellipse(x, down, 0.012, 0.011, petals, only=meadow | beach | snow, opacity=0.9)
    return sketch


def layout(
    labels: Tensor, count: Tensor, horizon: Tensor, u: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return where things stand, x and y (B, N), and their scale (B, N), in units of the picture.

    `labels` (B, N) of which the first `count` (B,) are drawn; u (B, N, 4 * CANDIDATES) in [0, 1).
    Of eight random arrangements, that one is taken which first hides no thing by more than four
    tenths.
    """
    B, N = labels.shape
    u = u.reshape(B, N, CANDIDATES, 4).transpose(1, 2)
    present = (torch.arange(N) < count[:, None])[:, None]
    nominal, half, high = SIZES[labels][:, None].unbind(-1)
    horizon = horizon[:, None, None]
    depth = u[..., 0]
    crowd = CROWDED[count.clamp_max(len(CROWDED) - 1)][:, None, None]
    scale = nominal * crowd * (0.75 + 0.40 * depth) * (0.88 + 0.24 * u[..., 1])
    rank = torch.argsort(torch.argsort(u[..., 2] + 2 * ~present, -1), -1)
    x = (rank + 0.5 + 0.8 * (u[..., 3] - 0.5)) / count[:, None, None]
    scale = torch.minimum(scale, torch.minimum(0.46 / half, 0.90 / high))
    wide, tall = half * scale * 0.95, high * scale
    x = torch.minimum(torch.maximum(x, wide), 1 - wide)
    y = torch.maximum(horizon + 0.10 + (0.86 - horizon) * depth, tall + 0.02).clamp_max(0.97)
    left, right, top = x - wide, x + wide, y - tall
    across = torch.minimum(right[..., None], right[..., None, :]) - torch.maximum(
        left[..., None], left[..., None, :]
    )
    along = torch.minimum(y[..., None], y[..., None, :]) - torch.maximum(
        top[..., None], top[..., None, :]
    )
    hidden = across.clamp_min(0) * along.clamp_min(0) / (2 * wide * tall)[..., None]
    in_front = (y[..., None, :] > y[..., None]) & present[..., None, :] & present[..., None]
    worst = (hidden * in_front).sum(-1).amax(-1)
    best = worst.clamp_min(0.4).argmin(1)[:, None, None].expand(B, 1, N)
    x, y, scale = (field.gather(1, best)[:, 0] for field in (x, y, scale))
    return x, y, scale


assert len(SIZES) == len(CLASSES)
assert len(GROUNDS) == len(PLACES)
