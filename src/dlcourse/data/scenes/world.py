"""Scenes of the drawn world with their exact ground truth."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property, partial

import numpy as np
import torch
from torch import Tensor

from dlcourse.data.scenes import names, text
from dlcourse.data.scenes.figures import person
from dlcourse.data.scenes.names import CLASSES, COLOURS, JOINTS, PARTS, PIECES, PLACES, SUBPARTS
from dlcourse.data.scenes.objects import DRAW
from dlcourse.data.scenes.places import CANDIDATES, background, layout
from dlcourse.data.scenes.render import Sketch, paint
from dlcourse.runtime import CourseError

# Scenes sketched together, at most: the larger, the less two threads wait for each other.
CHUNK = 1024
BITS = 7  # a pixel holds the object, shifted by so many bits, and the piece
PER_SCENE, PER_OBJECT = 84, 24 + 4 * CANDIDATES  # random numbers
PALETTE = torch.tensor(list(COLOURS.values()))
CHOICES = [
    torch.tensor([list(COLOURS).index(c) for c in names.COLOURS_OF[name]]) for name in CLASSES
]
# What each piece is: 1 + label, index of the part, index of the subpart.
OF_PIECE = torch.tensor(
    [
        (
            1 + CLASSES.index(name),
            PARTS.index(f"{name} {part}") if part else 0,
            SUBPARTS.index(f"{name} {subpart}") if subpart else 0,
        )
        for name, part, subpart in PIECES
    ]
)


@dataclass(frozen=True, eq=False)
class Scenes:
    """B scenes of at most N objects, and all that is true of them; `scenes[2:5]` slices all.

    The first pixel of a row covers x from 0 to 1 (matplotlib's imshow draws it from -0.5 to 0.5).
    An object is named by its place in the scene, in no order. A point inside an eye belongs to a
    subpart, its part and the whole: `subparts`, `parts` and `masks` nest. What is not stored is
    computed when first asked for, and kept.
    """

    image: Tensor  # (B, 3, H, W) float32 in [0, 1]
    boxes: Tensor  # (B, N, 4) float32 XYXY, pixels: the visible part of each object; zeros for none
    labels: Tensor  # (B, N) int64, index in CLASSES; -1 for no object
    colours: Tensor  # (B, N) int64, index in COLOURS; -1 for no object
    joints: Tensor  # (B, N, 14, 2) float32 (x, y) pixels; NaN for what is not a person
    places: Tensor  # (B,) int64, index in PLACES
    keys: Tensor  # (B,) int64: decides which questions are asked of a scene
    pieces: Tensor  # (B, H, W) int16: object << BITS | index in PIECES; -1 for the background

    def __len__(self) -> int:
        return len(self.image)

    def __getitem__(self, index: slice | Tensor | int) -> "Scenes":
        if isinstance(index, int):
            index = slice(index, index + 1 or None)
        return Scenes(*(getattr(self, field.name)[index] for field in fields(self)))

    @cached_property
    def masks(self) -> Tensor:
        """The visible pixels of each object (B, N, H, W) bool."""
        owner = (self.pieces >> BITS)[:, None]
        return owner == torch.arange(self.labels.shape[1], dtype=torch.int16)[:, None, None]

    def _of_piece(self, column: int) -> Tensor:
        table = torch.zeros(1 << BITS, dtype=torch.long)
        table[: len(OF_PIECE)] = OF_PIECE[:, column]
        piece = (self.pieces & (1 << BITS) - 1).int().reshape(-1)
        return table.index_select(0, piece).reshape(self.pieces.shape)

    @cached_property
    def semantic(self) -> Tensor:
        """What each pixel shows (B, H, W) int64: 1 + label, 0 for the background."""
        return self._of_piece(0)

    @cached_property
    def parts(self) -> Tensor:
        """The part each pixel shows (B, H, W) int64, index in PARTS; 0 for none."""
        return self._of_piece(1)

    @cached_property
    def subparts(self) -> Tensor:
        """The subpart each pixel shows (B, H, W) int64, index in SUBPARTS; 0 for none."""
        return self._of_piece(2)

    @cached_property
    def captions(self) -> list[str]:
        """One sentence a scene: its objects from left to right, and the place."""
        return [text.caption(facts) for facts in text.facts(self)]

    @cached_property
    def phrases(self) -> list[list[str]]:
        """A description of each object: what it is, and beside what."""
        return [text.phrases(facts) for facts in text.facts(self)]

    @cached_property
    def questions(self) -> list[list[tuple[str, str]]]:
        """Questions about each scene, with the true answers."""
        return [text.questions(facts) for facts in text.facts(self)]


def draw(n: int, size: int = 64, seed: int = 0, objects: tuple[int, int] = (1, 4)) -> Scenes:
    """Draw `n` scenes of `size` x `size` pixels with from objects[0] to objects[1] objects each.

    The same seed gives the same scenes: at any size (a multiple of 8), and the first ones of a
    longer draw. Raises CourseError for another size, or other counts than from 1 to 8. Card:
    `data.card("scenes")`. Shown in: 03_cnn/04_detection.

    >>> draw(4).captions[0]
    'a green tree, a brown dog and a white car in a street'
    """
    return _draw(n, size, seed, objects, figures_only=False)


def figures(n: int, size: int = 64, seed: int = 0) -> Scenes:
    """Draw `n` scenes with one large person each, in many poses.

    Shown in: 03_cnn/05_segmentation_pose_captions.
    """
    return _draw(n, size, seed, (1, 1), figures_only=True)


def _draw(n, size, seed, objects, *, figures_only) -> Scenes:
    if not 1 <= objects[0] <= objects[1] <= 8:
        raise CourseError(f"objects={objects}: a scene has from 1 to 8 objects, (fewest, most)")
    rng = np.random.default_rng(seed)
    N = objects[1]
    table = rng.random((n, PER_SCENE + N * PER_OBJECT), dtype=np.float32)
    image = torch.empty(n, 3, size, size)
    chunk = max(1, min(CHUNK, -(-n // 2)))
    parts = (torch.from_numpy(table).split(chunk), image.split(chunk))
    # Most operations are too small for torch to share among its threads; chunks of scenes are not.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(threads) as pool:
            drawn = partial(_draw_chunk, size=size, objects=objects, figures_only=figures_only)
            chunks = list(pool.map(drawn, *parts))
    finally:
        torch.set_num_threads(threads)
    return Scenes(image, *(torch.cat(column) for column in zip(*chunks)))


def _draw_chunk(u: Tensor, image: Tensor, size: int, objects: tuple[int, int], figures_only: bool):
    B, N = len(u), objects[1]
    scene, u = u[:, :PER_SCENE], u[:, PER_SCENE:].reshape(B, N, PER_OBJECT)
    places = (scene[:, 80] * len(PLACES)).long()
    canvas, scenery, horizon, tint = background(places, scene, size)
    count = objects[0] + (scene[:, 81] * (N - objects[0] + 1)).long()
    present = torch.arange(N) < count[:, None]
    labels = (u[..., 0] * (not figures_only) * len(CLASSES)).long()
    x, y, scale = layout(labels, count, horizon, u[..., 24:])
    if figures_only:
        x, y, scale = (
            0.5 + 0.16 * (u[..., 1] - 0.5),
            0.90 + 0.07 * u[..., 2],
            0.70 + 0.12 * u[..., 3],
        )
    layer = 1 + torch.argsort(torch.argsort(y, 1), 1)
    light = torch.stack([(scene[:, 8] - 0.5) * 1.6, torch.full((B,), -0.7)], 1)
    colours = torch.full((B, N), -1)
    joints = torch.full((B, N, len(JOINTS), 2), torch.nan)
    sketches = [scenery]
    for label, name in enumerate(CLASSES):
        row, column = torch.nonzero(present & (labels == label), as_tuple=True)
        own = u[row, column]
        flip = torch.where((own[:, 3] < 0.5) & (name in ("cat", "dog", "car", "boat")), -1.0, 1.0)
        chosen = CHOICES[label][(own[:, 4] * len(CHOICES[label])).long()]
        colours[row, column] = chosen
        colour = PALETTE[chosen] * (0.93 + 0.14 * own[:, 5:6]) + 0.05 * (own[:, 5:8] - 0.5)
        here = (x[row, column], y[row, column], scale[row, column])
        sketch = Sketch(
            row,
            layer=layer[row, column],
            x=here[0],
            y=here[1],
            scale=here[2],
            flip=flip,
            light=light[row],
            first_tag=column << BITS,
        )
        _shadow(sketch, name, light[row, 0])
        if name == "person":
            lively = 1.0 if figures_only else 0.35
            found = person(sketch, colour, own[:, 8:24], lively) * here[2][:, None, None]
            joints[row, column] = (found + torch.stack(here[:2], 1)[:, None]) * size
        else:
            DRAW[name](sketch, colour, own[:, 8:24])
        sketches.append(sketch)
    _, pieces = paint(canvas, *sketches, out=image)
    image.mul_(tint[..., None, None]).clamp_(0, 1)
    labels = labels.masked_fill(~present, -1)
    keys = (scene[:, 82] * 2**20).long()
    pieces = pieces.to(torch.int16)
    return _boxes(pieces, N), labels, colours, joints, places, keys, pieces


def _shadow(sketch: Sketch, name: str, sideways: Tensor) -> None:
    """Add the soft shadow on the ground, away from the light."""
    if name == "boat":
        return
    half = {
        "person": 0.22,
        "cat": 0.34,
        "dog": 0.42,
        "house": 0.5,
        "tree": 0.3,
        "car": 0.55,
        "ball": 0.42,
    }[name]
    x = -sideways * 0.12 * sketch.flip
    sketch.ellipse(x, -0.01, half, 0.055, (0.08, 0.08, 0.16), soft=0.07, opacity=0.45)


def _boxes(pieces: Tensor, N: int) -> Tensor:
    """Return the tight boxes (B, N, 4) of the pixels of each object; N is at most 14."""
    seen = torch.bitwise_left_shift(torch.ones((), dtype=torch.int16), (pieces >> BITS) + 1)
    limits = []
    for axis in (1, 2):
        line = seen
        while line.shape[axis] > 1:  # fold the picture: which objects are in each column, or row
            half = line.shape[axis] // 2
            rest = line.narrow(axis, 2 * half, line.shape[axis] - 2 * half)
            line = line.narrow(axis, 0, half) | line.narrow(axis, half, half)
            line = torch.cat([line, rest], axis) if rest.numel() else line
        there = (line.squeeze(axis)[:, None] >> torch.arange(1, N + 1)[:, None]) & 1  # (B, N, size)
        low, high = there.argmax(2), there.shape[2] - there.flip(2).argmax(2)
        limits.append((low, torch.where(there.amax(2) > 0, high, low)))
    (x0, x1), (y0, y1) = limits
    return torch.stack([x0, y0, x1, y1], 2).float()
