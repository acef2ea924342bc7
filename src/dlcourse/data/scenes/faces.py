"""Drawn faces: a person is a row of numbers, a picture is that person in some pose, light and mood.

What a person keeps (`TRAITS`) and what changes from picture to picture (`VIEW`) are drawn
separately, so that two pictures can be of one person and look quite different, and the reverse.
"""

import torch
from torch import Tensor

from dlcourse.data.scenes.render import Number, Sketch, paint

# What stays: name, least, most. A person is a number in [0, 1] for each.
TRAITS = {
    "width": (0.24, 0.32),
    "height": (0.32, 0.39),
    "chin": (0.55, 0.95),
    "skin": (0, 1),
    "hair": (0, 1),
    "grey": (-1.5, 0.9),
    "volume": (0.0, 0.06),
    "hairline": (0.06, 0.2),
    "length": (-0.3, 0.45),
    "parting": (-0.2, 0.2),
    "brow": (0.008, 0.022),
    "brow_y": (-0.135, -0.085),
    "brow_slant": (-0.25, 0.35),
    "eye_x": (0.09, 0.135),
    "eye": (0.028, 0.045),
    "eye_open": (0.5, 0.85),
    "eye_slant": (-0.25, 0.25),
    "iris": (0, 1),
    "nose_y": (0.03, 0.1),
    "nose": (0.02, 0.046),
    "mouth": (0.055, 0.105),
    "mouth_y": (0.155, 0.21),
    "lip": (0.009, 0.02),
    "ear": (0.035, 0.07),
    "beard": (-0.5, 0.5),
    "moustache": (-0.8, 0.5),
}
# What changes: name, least, most.
VIEW = {
    "x": (0.45, 0.55),
    "y": (0.45, 0.52),
    "zoom": (0.88, 1.1),
    "roll": (-0.22, 0.22),
    "yaw": (-1, 1),
    "nod": (-0.02, 0.02),
    "smile": (-0.25, 0.45),
    "open": (-0.02, 0.025),
    "squint": (0.55, 1.1),
    "raise": (-0.018, 0.012),
    "glasses": (0, 1),
    "gain": (0.7, 1.12),
    "side": (-0.5, 0.5),
    "warm": (-0.1, 0.1),
    "wall_r": (0.35, 0.85),
    "wall_g": (0.4, 0.85),
    "wall_b": (0.4, 0.9),
    "coat_r": (0.1, 0.8),
    "coat_g": (0.1, 0.7),
    "coat_b": (0.1, 0.8),
}
SKIN = ["#3f2518", "#6b4029", "#935f3f", "#bd8459", "#d9a67d", "#edc6a4", "#f6dccb"]
HAIR = ["#120d0b", "#2b1a12", "#4a2b18", "#6d4422", "#8f3f1e", "#b5813f", "#dcb878"]
IRIS = ["#2a180e", "#4b2e16", "#5d6b3a", "#3e7385", "#6f93a8"]


def people(n: int, seed: int = 0) -> Tensor:
    """Return n persons, (n, len(TRAITS)) in [0, 1]; the same seed begins with the same persons.

    Card: `data.card("drawn-faces")`. Shown in: 03_cnn/07_faces.
    """
    return torch.rand(n, len(TRAITS), generator=torch.Generator().manual_seed(seed))


def portraits(persons: Tensor, *, size: int = 24, seed: int = 0, variety: float = 1.0) -> Tensor:
    """Return one picture of each row of persons (B, len(TRAITS)): (B, 3, size, size) in [0, 1].

    Pose, light, expression, glasses, clothes and background are drawn at random from `seed`;
    `variety` 0 is a passport photograph, 1 as they come. Repeat a row for more pictures of a
    person; `size` is a multiple of 8. Shown in: 03_cnn/07_faces.

    >>> portraits(people(2).repeat_interleave(3, dim=0)).shape
    torch.Size([6, 3, 24, 24])
    """
    generator = torch.Generator().manual_seed(seed)
    numbers = torch.rand(len(persons), len(VIEW), generator=generator)
    view = _named(VIEW, 0.5 + variety * (numbers - 0.5))
    noise = torch.randn(len(persons), 3, size, size, generator=generator)
    wall = torch.stack([view[f"wall_{channel}"] for channel in "rgb"], 1)[..., None, None]
    line = torch.linspace(-1, 1, size)
    image, _ = paint(
        wall * (0.95 - 0.1 * line[:, None]).expand(size, size),
        _sketch(_named(TRAITS, persons), view),
    )
    light = view["gain"][:, None] * (1 + view["side"][:, None] * line)  # (B, W)
    tint = torch.stack([1 + view["warm"], torch.ones(len(persons)), 1 - view["warm"]], 1)
    image = image * light[:, None, None] * tint[..., None, None] + 0.02 * variety * noise
    return image.clamp(0, 1)


def _sketch(p: dict[str, Tensor], v: dict[str, Tensor]) -> Sketch:
    """Draw the persons p as the views v show them; (0, 0) is the middle of the head, y down."""
    sketch = Sketch(len(p["skin"]), x=v["x"], y=v["y"], scale=v["zoom"])
    cos, sin = v["roll"].cos(), v["roll"].sin()

    def turned(x, y):  # the whole head leans by v["roll"]
        return cos * x - sin * y, sin * x + cos * y

    def ellipse(x, y, rx, ry, colour, angle: Number = 0.0, **look):
        sketch.ellipse(*turned(x, y), rx, ry, colour, angle=v["roll"] + angle, **look)

    def line(x0, y0, x1, y1, radius, colour, **look):
        sketch.capsule(*turned(x0, y0), *turned(x1, y1), radius, colour, **look)

    skin = _ramp(SKIN, p["skin"])
    hair = torch.lerp(_ramp(HAIR, p["hair"]), torch.tensor(0.72), p["grey"].clamp(min=0)[:, None])
    W, H, nod, turn = p["width"], p["height"], v["nod"], v["yaw"]
    # A head that turns moves what is nearer to the viewer farther to the side.
    face, eyes, tip = 0.03 * turn, 0.05 * turn, 0.08 * turn

    # Behind the face: long hair, neck, coat, the back of the head, ears.
    long, volume = p["length"] > 0, p["volume"]
    sketch.box(
        *turned(-0.2 * face, 0.5 * p["length"]), W + volume, 0.5 * p["length"] + 0.1, 0.85 * hair,
        angle=v["roll"], corner=0.12, only=long,
    )  # fmt: skip
    sketch.box(0, 0.36, 0.5 * W, 0.2, 0.72 * skin, corner=0.03)
    sketch.ellipse(
        0, 0.7, 1.6 * W, 0.28, torch.stack([v[f"coat_{channel}"] for channel in "rgb"], 1),
        shade=0.15,
    )  # fmt: skip
    for side in (-1, 1):
        ellipse(side * W * (1 - 0.1 * side * turn), 0.02, 0.035, p["ear"], 0.85 * skin)
    ellipse(0.4 * face, -0.05, W + volume, H + volume, hair, shade=0.25, edge=0.3)

    # The face below the hairline, and the chin, which is narrower; a beard leaves less of the skin
    # free.
    beard, top = p["beard"] > 0.15, p["hairline"] - H
    middle, half = (top + H) / 2, (H - top) / 2
    chin = torch.where(beard[:, None], torch.lerp(skin, hair, 0.85), skin)
    ellipse(face, middle, 0.97 * W, half, chin, p["parting"], shade=0.15, edge=0.2)
    ellipse(face, 0.46 * H, p["chin"] * W, 0.56 * H, chin, shade=0.1, only=~beard)
    ellipse(face, middle - 0.05, 0.93 * W, half - 0.05, skin, p["parting"], soft=0.03, only=beard)

    # Eyes, brows, nose, mouth.
    worn = v["glasses"] > 0.85
    for side in (-1, 1):
        x, y = eyes + side * p["eye_x"] * (1 - 0.12 * turn * side), nod - 0.03
        r, lid = p["eye"], p["eye"] * p["eye_open"] * v["squint"]
        slant = side * p["eye_slant"]
        ellipse(x, y, 0.074, 0.064, (0.12, 0.12, 0.12), only=worn)
        ellipse(x, y, 0.064, 0.054, torch.lerp(skin, torch.tensor(0.9), 0.15), only=worn)
        ellipse(x, y, 1.3 * r, 1.4 * lid, 0.7 * skin, slant)
        ellipse(x, y, r, lid, (0.96, 0.96, 0.94), slant)
        pupil = torch.minimum(0.55 * r, lid)
        ellipse(x + 0.3 * r * turn, y, 0.55 * r, pupil, _ramp(IRIS, p["iris"]))
        ellipse(x + 0.3 * r * turn, y, 0.28 * r, 0.5 * pupil, (0.03, 0.03, 0.03))
        brow, slope = p["brow_y"] + v["raise"] + nod, 0.04 * side * p["brow_slant"]
        line(x - 0.04, brow - slope, x + 0.04, brow + slope, p["brow"], 0.7 * hair)
    line(
        0.5 * (tip + eyes), nod - 0.02, tip, p["nose_y"] + nod, 0.5 * p["nose"], 0.93 * skin,
        soft=0.02,
    )  # fmt: skip
    ellipse(tip, p["nose_y"] + nod, p["nose"], 0.5 * p["nose"], 0.72 * skin)
    y, w, lip = p["mouth_y"] + nod, p["mouth"], p["lip"]
    gap = v["open"].clamp(min=0)
    ellipse(eyes, y - 0.045, w, 0.018, 0.9 * hair, only=p["moustache"] > 0)
    red = torch.tensor([0.62, 0.25, 0.25]) * (0.45 + 0.7 * skin.mean(1, keepdim=True))
    for radius, colour in ((lip + gap, red), (0.25 * lip + gap, torch.tensor([0.2, 0.06, 0.06]))):
        for side in (-1, 1):
            line(
                eyes, y, eyes + side * w, y - v["smile"] * w,
                radius * (1 if colour is red else 0.8), colour,
            )  # fmt: skip
    return sketch


def _named(ranges: dict[str, tuple[float, float]], numbers: Tensor) -> dict[str, Tensor]:
    """Scale each column of numbers (B, n) in [0, 1] to its range: name to (B,)."""
    columns = zip(ranges.items(), numbers.unbind(1), strict=True)
    return {name: low + (high - low) * column for (name, (low, high)), column in columns}


def _ramp(colours: list[str], t: Tensor) -> Tensor:
    """Return the colours (B, 3) at t (B,) in [0, 1] along a list of hex colours."""
    table = torch.tensor([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in colours])
    place = t * (len(table) - 1)
    index = place.long().clamp(max=len(table) - 2)
    return torch.lerp(table[index], table[index + 1], (place - index)[:, None])
