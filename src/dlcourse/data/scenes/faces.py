"""Drawn faces: a person is a row of numbers, a picture is that person in some pose, light and mood.

What a person keeps (`TRAITS`) and what changes from picture to picture (`VIEW`) are drawn from
separate generators, so that two pictures can be of one person and look quite different, and the
reverse. All faces of a batch are painted at once, in painter's order, with smooth edges.
"""

import torch
from torch import Tensor

# What stays: name, least, most. A person is a number in [0, 1] for each.
TRAITS = {
    "width": (0.25, 0.33), "height": (0.33, 0.41), "jaw": (-0.35, 0.25), "skin": (0, 1),
    "hair": (0, 1), "grey": (-1.5, 0.9), "volume": (0.01, 0.09), "hairline": (-0.30, -0.13), "length": (-0.25, 0.42),
    "parting": (-0.35, 0.35), "brow": (0.008, 0.024), "brow_y": (-0.145, -0.09), "brow_slant": (-0.2, 0.3),
    "eye_x": (0.095, 0.145), "eye_size": (0.028, 0.046), "eye_open": (0.45, 0.8), "eye_slant": (-0.25, 0.25), "iris": (0, 1),
    "nose_y": (0.03, 0.11), "nose": (0.022, 0.05), "mouth": (0.06, 0.115), "mouth_y": (0.16, 0.22), "lip": (0.010, 0.026),
    "ear": (0.03, 0.07), "beard": (-1.2, 0.9), "moustache": (-1.6, 0.9),
}  # fmt: skip
# What changes: name, least, most.
VIEW = {
    "x": (-0.05, 0.05), "y": (-0.04, 0.04), "zoom": (0.88, 1.1), "roll": (-0.22, 0.22), "yaw": (-1, 1), "nod": (-0.02, 0.02),
    "smile": (-0.4, 1), "open": (-0.6, 1), "squint": (0.55, 1.1), "raise": (-0.018, 0.012), "glasses": (0, 1),
    "gain": (0.7, 1.12), "side": (-0.45, 0.45), "warm": (-0.1, 0.1), "wall_r": (0.2, 0.9), "wall_g": (0.25, 0.9), "wall_b": (0.25, 0.9),
    "coat_r": (0.05, 0.8), "coat_g": (0.05, 0.8), "coat_b": (0.05, 0.8),
}  # fmt: skip
SKIN = ["#3f2518", "#6b4029", "#935f3f", "#bd8459", "#d9a67d", "#edc6a4", "#f6dccb"]
HAIR = ["#120d0b", "#2b1a12", "#4a2b18", "#6d4422", "#8f3f1e", "#b5813f", "#dcb878"]
IRIS = ["#2a180e", "#4b2e16", "#5d6b3a", "#3e7385", "#6f93a8"]


def people(n: int, seed: int = 0) -> Tensor:
    """Return n persons, (n, len(TRAITS)) in [0, 1]; the same seed begins with the same persons."""
    return torch.rand(n, len(TRAITS), generator=torch.Generator().manual_seed(seed))


def draw(persons: Tensor, *, size: int = 32, seed: int = 0, variety: float = 1.0) -> Tensor:
    """Return one picture of each row of persons (B, len(TRAITS)): (B, 3, size, size) in [0, 1].

    Pose, light, expression, glasses, clothes and background are drawn at random from `seed`;
    `variety` 0 is a passport photograph, 1 as they come. Repeat a row for more pictures of a person.

    Shown in: 03_cnn/07_faces.

    >>> draw(people(2).repeat_interleave(3, dim=0)).shape
    torch.Size([6, 3, 32, 32])
    """
    generator = torch.Generator().manual_seed(seed)
    views = torch.rand(len(persons), len(VIEW) + 2, generator=generator)
    noise = torch.randn(len(persons), 3, size, size, generator=generator)
    views = 0.5 + variety * (views - 0.5)
    blocks = range(0, len(persons), 128)  # of a size that stays in the processor's cache
    return torch.cat(
        [
            _draw(persons[i : i + 128], views[i : i + 128], 0.02 * variety * noise[i : i + 128])
            for i in blocks
        ]
    )


def _draw(persons: Tensor, views: Tensor, noise: Tensor) -> Tensor:
    p, v = _named(TRAITS, persons), _named(VIEW, views)
    size = noise.shape[-1]
    paint = _Canvas(v, size)
    skin, hair = _ramp(SKIN, p["skin"]), _ramp(HAIR, p["hair"])
    grey = p["grey"].clamp(min=0)
    hair = hair + grey * (0.75 - hair)
    dark = 0.72 * skin
    turn = v["yaw"]  # the face turns to its side: what is nearer to the viewer moves farther
    face_x, eye_x, nose_x = 0.035 * turn, 0.055 * turn, 0.085 * turn
    W, H, nod = p["width"], p["height"], v["nod"]

    # Behind the head: long hair, neck and coat.
    paint.box(
        0.3 * face_x,
        0.5 * p["length"] - 0.1,
        W + 0.8 * p["volume"],
        0.5 * p["length"] + 0.22,
        hair,
        round=0.16,
    )
    paint.box(0 * W, 0.36 + 0 * W, 0.55 * W, 0.2 + 0 * W, dark, round=0.03)
    paint.ellipse(
        0 * W,
        0.66 + 0 * W,
        1.55 * W,
        0.26 + 0 * W,
        torch.cat([v["coat_r"], v["coat_g"], v["coat_b"]], 1),
    )
    paint.ellipse(0.6 * face_x, -0.05 + 0 * W, W + p["volume"], H + p["volume"] - 0.01, hair)
    for side in (-1, 1):
        paint.ellipse(
            side * W * (1 - 0.08 * side * turn), 0.02 + 0 * W, 0.035 + 0 * W, p["ear"], 0.88 * skin
        )

    # The head, shaded towards its rim, then hair over the forehead, and a beard within the head.
    head = paint.ellipse(face_x, 0 * W, W, H, 0.86 * skin, jaw=p["jaw"])
    paint.blend(skin, head * paint.soft(face_x, 0 * W, W, H))
    beard = p["beard"].clamp(min=0).sqrt()
    dx = paint.x - _wide(face_x)
    low = paint.cover(0.13 - paint.y - 1.5 * dx.square())  # below the cheeks
    paint.blend(hair, head * low * _wide(beard))
    fringe = _wide(p["hairline"]) + _wide(p["parting"]) * dx + 1.6 * dx.square()
    paint.blend(hair, head * paint.cover(paint.y - fringe))

    # Eyes, brows, nose, mouth.
    for side in (-1, 1):
        x, y = eye_x + side * p["eye_x"] * (1 - 0.1 * turn * side), -0.04 + nod
        r, lid = p["eye_size"], p["eye_size"] * p["eye_open"] * v["squint"]
        paint.ellipse(x, y, 1.3 * r, 1.35 * lid, dark, turn=side * p["eye_slant"])
        white = paint.ellipse(x, y, r, lid, 0.95 + 0 * skin, turn=side * p["eye_slant"])
        paint.ellipse(
            x + 0.3 * r * turn, y, 0.56 * r, 0.56 * r, _ramp(IRIS, p["iris"]), within=white
        )
        paint.ellipse(x + 0.3 * r * turn, y, 0.26 * r, 0.26 * r, 0 * skin + 0.03, within=white)
        brow_y = p["brow_y"] + v["raise"] + nod
        paint.ellipse(x, brow_y, 1.55 * r, p["brow"], 0.75 * hair, turn=side * p["brow_slant"])
    paint.ellipse(nose_x, p["nose_y"] + nod, p["nose"], 0.5 * p["nose"], dark)
    paint.box(
        0.5 * (nose_x + eye_x) + 0.012 * (1 + turn.sign()),
        p["nose_y"] - 0.06 + nod,
        0.007 + 0 * W,
        0.05 + 0 * W,
        0.86 * skin,
        round=0.005,
    )
    mouth_y, lip = p["mouth_y"] + nod, p["lip"]
    red = torch.tensor([0.62, 0.25, 0.25]) * (0.45 + 0.7 * skin.mean(1, keepdim=True))
    paint.ellipse(
        eye_x,
        mouth_y - 0.042,
        0.95 * p["mouth"],
        0.016 + 0 * W,
        0.9 * hair,
        opacity=p["moustache"].clamp(min=0).sqrt(),
    )
    bend = -2.2 * v["smile"]
    paint.ellipse(eye_x, mouth_y, p["mouth"], lip + 0.02 * v["open"].clamp(min=0), red, bend=bend)
    gap = 0.25 * lip + 0.022 * v["open"].clamp(min=0)
    paint.ellipse(eye_x, mouth_y, 0.8 * p["mouth"], gap, 0.16 + 0 * skin, bend=bend)
    worn = (v["glasses"] > 0.85).float()
    for side in (-1, 1):
        x = eye_x + side * p["eye_x"] * (1 - 0.1 * turn * side)
        paint.ring(x, -0.035 + nod, 0.072 + 0 * W, 0.011 + 0 * W, 0.1 + 0 * skin, worn)
    return (paint.lit(v) + noise).clamp(0, 1)


class _Canvas:
    """A batch of pictures (B, 3, H, W) and the coordinates of their pixels in the head's own frame."""

    def __init__(self, v: dict[str, Tensor], size: int) -> None:
        line = (torch.arange(size) + 0.5) / size - 0.5
        y, x = torch.meshgrid(line, line, indexing="ij")
        self.x0, self.y0, self.pixel = x, y, 1 / size
        cos, sin, zoom = (_wide(t) for t in (v["roll"].cos(), v["roll"].sin(), v["zoom"]))
        x, y = x - _wide(v["x"]), y - _wide(v["y"])
        self.x, self.y = (cos * x + sin * y) / zoom, (cos * y - sin * x) / zoom  # (B, H, W)
        wall = torch.cat([v["wall_r"], v["wall_g"], v["wall_b"]], dim=1)[..., None, None]
        self.image = wall * (1 - 0.25 * (self.y0 + 0.5))  # (B, 3, H, W)

    def cover(self, distance: Tensor) -> Tensor:
        """Return how much of each pixel lies inside, where the signed distance is below zero."""
        return (0.5 - distance / self.pixel).clamp(0, 1)

    def blend(self, colour: Tensor, cover: Tensor) -> Tensor:
        self.image.lerp_(colour[..., None, None], cover[:, None])
        return cover

    def _ellipse(self, x, y, rx, ry, turn=0.0, bend=0.0, jaw=0.0) -> Tensor:
        dx, dy = self.x - _wide(x), self.y - _wide(y)
        dy = dy - _wide(turn) * dx - _wide(bend) * dx.square()
        dx = dx * (1 + _wide(jaw) * dy.clamp(min=0))
        rx, ry = _wide(rx), _wide(ry)
        k = (dx / rx).square() + (dy / ry).square()
        slope = ((dx / rx.square()).square() + (dy / ry.square()).square()).sqrt() + 1e-6
        return (k - 1) / (2 * slope)  # the distance to first order

    def ellipse(self, x, y, rx, ry, colour, *, within=None, opacity=None, **shape) -> Tensor:
        cover = self.cover(self._ellipse(x, y, rx, ry, **shape))
        cover = cover if within is None else cover * within
        return self.blend(colour, cover if opacity is None else cover * _wide(opacity))

    def soft(self, x, y, rx, ry) -> Tensor:
        """Return 1 in the middle of an ellipse, falling smoothly to 0 at its rim."""
        k = ((self.x - _wide(x)) / _wide(rx)).square() + ((self.y - _wide(y)) / _wide(ry)).square()
        return (1.4 * (1 - k)).clamp(0, 1)

    def ring(self, x, y, r, thickness, colour, opacity) -> None:
        distance = self._ellipse(x, y, r, 0.85 * r).abs() - _wide(thickness) / 2
        self.blend(colour, self.cover(distance) * _wide(opacity))

    def box(self, x, y, rx, ry, colour, *, round: float) -> None:
        dx = (self.x - _wide(x)).abs() - (_wide(rx) - round)
        dy = (self.y - _wide(y)).abs() - (_wide(ry) - round)
        outside = (dx.clamp(min=0).square() + dy.clamp(min=0).square()).sqrt()
        self.blend(colour, self.cover(outside + torch.maximum(dx, dy).clamp(max=0) - round))

    def lit(self, v: dict[str, Tensor]) -> Tensor:
        """Return the picture under the view's light: brighter on one side, warmer or colder."""
        light = _wide(v["gain"]) * (1 + _wide(v["side"]) * 2 * self.x0)  # (B, H, W)
        tint = torch.cat([1 + v["warm"], torch.ones_like(v["warm"]), 1 - v["warm"]], dim=1)
        return self.image * light[:, None] * tint[..., None, None]


def _wide(value):
    """Bring (B, 1) to (B, 1, 1), so that it meets (B, H, W)."""
    return value[..., None] if isinstance(value, Tensor) else value


def _named(ranges: dict, numbers: Tensor) -> dict[str, Tensor]:
    """Scale each column of numbers in [0, 1] to its range: name to (B, 1)."""
    return {
        name: low + (high - low) * numbers[:, i : i + 1]
        for i, (name, (low, high)) in enumerate(ranges.items())
    }


def _ramp(colours: list[str], t: Tensor) -> Tensor:
    """Return the colours (B, 3) at t (B, 1) in [0, 1] along a list of hex colours."""
    table = torch.tensor([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in colours])
    place = t[:, 0].clamp(0, 1) * (len(table) - 1)
    index = place.long().clamp(max=len(table) - 2)
    return torch.lerp(table[index], table[index + 1], (place - index)[:, None])
