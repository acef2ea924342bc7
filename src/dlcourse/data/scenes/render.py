"""Draw many pictures at once, and know exactly which shape each pixel shows.

A `Sketch` collects shapes for a batch of pictures; `paint` draws sketches over backgrounds.
Coordinates are in units of the picture: x to the right, y down, both from 0 to 1, so that one
sketch can be painted at any size. Any number may also be a tensor (B,), one value for each picture.

>>> sketch = Sketch(2)  # two pictures
>>> sketch.box(0.5, 0.8, 0.5, 0.2, (0.3, 0.6, 0.3))  # the grass, which is nobody's: no tag
>>> sketch.ellipse(torch.tensor([0.3, 0.7]), 0.6, 0.2, 0.2, (0.9, 0.2, 0.2), tag=1)
>>> image, tags = paint(torch.ones(2, 3, 64, 64), sketch)
>>> image.shape, (tags == 1).sum(dim=(1, 2))  # of the red discs: about pi 0.2^2 64^2
(torch.Size([2, 3, 64, 64]), tensor([515, 515]))
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from dlcourse.data.scenes import raster
from dlcourse.data.scenes.raster import TILE
from dlcourse.runtime import CourseError

CHUNK = 256  # pictures painted together
SOFT = {"shade": 0.25, "edge": 0.35}  # how round a shape looks, and how dark its edge is
FLAT = {"shade": 0.10, "edge": 0.30}
# What is known of a shape, in the order of the columns of a sketch's table.
COLUMNS = (
    "x",
    "y",
    "rx",
    "ry",
    "cos",
    "sin",
    "corner_x",
    "corner_y",
    "top",
    "lean",
    "shade",
    "edge",
)
COLUMNS += ("soft", "opacity", "solid", "tag", "red", "green", "blue")

Number = float | Tensor


class Sketch:
    """Shapes for `rows` objects, painted in the order of the calls.

    `rows` is the number of pictures, or, for several objects a picture, the picture of each object
    (R,); a lower `layer` (R,) is then painted first. `x, y, scale, flip` place what is drawn: (0,
    0) goes to (x, y), lengths are multiplied by `scale`, and flip = -1 mirrors. `light` (R, 2)
    points to the light; `first_tag` (R,) is added to the tags of all shapes.

    All shapes take `colour` (R, 3) or three numbers, and the looks `tag` (an integer for the pixels
    that show the shape; None leaves those of what is below, as a shadow does), `shade` (how much
    brighter the side to the light is), `edge` (how much darker the rim is), `soft` (width of a
    blurred edge), `opacity`, and `only` (R,) bool, the rows that have the shape at all.
    """

    def __init__(
        self,
        rows: int | Tensor,
        *,
        layer: int | Tensor = 0,
        x: Number = 0.0,
        y: Number = 0.0,
        scale: Number = 1.0,
        flip: Number = 1.0,
        light: Sequence[float] | Tensor = (-0.6, -0.8),
        first_tag: int | Tensor = 0,
    ) -> None:
        self.picture = torch.arange(rows) if isinstance(rows, int) else rows
        self.layer = torch.as_tensor(layer).expand(len(self.picture))
        self.x, self.y, self.scale = self.column(x), self.column(y), self.column(scale)
        self.flip, self.first_tag = self.column(flip), self.column(first_tag)
        self.light = torch.as_tensor(light).expand(len(self.picture), 2)
        # Plain numbers go to `rows`, tensors to `varying`, lines of quadrilaterals to `quads`.
        self.rows, self.varying, self.quads, self.kept = [], [], {}, []

    def column(self, value: Number) -> Tensor:
        """Return a value for each row (R,)."""
        return torch.as_tensor(value, dtype=torch.float32).expand(len(self.picture))

    def box(
        self,
        x: Number,
        y: Number,
        rx: Number,
        ry: Number,
        colour,
        *,
        angle: Number = 0.0,
        corner: Number = 0.0,
        top: Number = 1.0,
        lean: Number = 0.0,
        **look,
    ) -> None:
        """Add a box of half sizes rx, ry about (x, y), turned by `angle` radians, clockwise.

        `corner` is the radius of its corners. `top` is the width of its upper side over that of the
        lower: 0 makes a triangle. `lean` moves the upper side sideways, in units of ry.
        """
        self._add(x, y, rx, ry, *_turn(angle), corner, corner, top, lean, colour, **look)

    def ellipse(
        self, x: Number, y: Number, rx: Number, ry: Number, colour, *, angle: Number = 0.0, **look
    ) -> None:
        """Add an ellipse of half axes rx, ry about (x, y), turned by `angle` radians."""
        self._add(x, y, rx, ry, *_turn(angle), rx, ry, 1.0, 0.0, colour, **look)

    def capsule(
        self, x0: Number, y0: Number, x1: Number, y1: Number, radius: Number, colour, **look
    ) -> None:
        """Add the line from (x0, y0) to (x1, y1), drawn with a round pen of the given radius."""
        # A hair longer, so that a point has a direction too.
        dx, dy = torch.as_tensor(x1 - x0 + 1e-7), torch.as_tensor(y1 - y0)
        length = torch.sqrt(dx * dx + dy * dy)
        x, y, half = (x0 + x1) / 2, (y0 + y1) / 2, length / 2 + radius
        turn = (dx / length, dy / length)
        self._add(x, y, half, radius, *turn, radius, radius, 1.0, 0.0, colour, **look)

    def quad(self, points: Tensor, colour, *, corner: Number = 0.0, **look) -> None:
        """Add a convex quadrilateral of `points` (R, 4, 2), either way round."""
        centre = points.mean(1)
        side = points.roll(-1, 1) - points
        # A repeated point makes a side of no length: it takes the direction of the one after it.
        side = torch.where(side.abs().sum(-1, keepdim=True) > 1e-7, side, side.roll(-1, 1))
        normal = torch.stack([side[..., 1], -side[..., 0]], -1)
        lines = torch.cat([-(normal * points).sum(-1, keepdim=True), normal], -1)
        inside = lines[..., :1] + (normal * centre[:, None]).sum(-1, keepdim=True)
        self.quads[len(self.rows)] = torch.where(inside > 0, -lines, lines)[:, [0, 2, 1, 3]]
        reach = (points - centre[:, None]).abs().amax(1)
        place = (*centre.unbind(1), *reach.unbind(1))
        self._add(*place, 1.0, 0.0, corner, corner, 1.0, 0.0, colour, **look)

    def _add(
        self,
        *values,
        tag: int | Tensor | None = None,
        shade: Number = 0.0,
        edge: Number = 0.0,
        soft: Number = 0.0,
        opacity: Number = 1.0,
        only: Tensor | None = None,
    ) -> None:
        *geometry, colour = values
        colour = colour.unbind(-1) if isinstance(colour, Tensor) else colour
        solid, tag = (0.0, 0) if tag is None else (1.0, tag)
        row = [*geometry, shade, edge, soft, opacity, solid, tag, *colour]
        for column, value in enumerate(row):
            if isinstance(value, Tensor):
                self.varying.append((len(self.rows), column, value))
                row[column] = 0.0
        self.rows.append(row)
        self.kept.append(torch.ones(len(self.picture), dtype=torch.bool) if only is None else only)

    def shapes(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return lines (R, K, 5, 3), looks (R, K, 10) and bounds (R, K, 4) in the picture's units.

        A line is c, a, b for c + a x + b y: the distances beyond the four sides, and the
        brightness.
        """
        table = torch.tensor(self.rows).expand(len(self.picture), -1, -1).clone()
        for row, column, value in self.varying:
            table[:, row, column] = value
        x, y, rx, ry, cos, sin, corner_x, corner_y, top, lean, shade, *_ = table.unbind(-1)
        u = torch.stack([-x * cos - y * sin, cos, sin], -1)
        v = torch.stack([x * sin - y * cos, -sin, cos], -1)
        wide = v * (rx * (1 - top) / (2 * ry))[..., None]
        wide[..., 0] += rx * (1 + top) / 2
        tall = torch.stack([ry, torch.zeros_like(ry), torch.zeros_like(ry)], -1)
        u = u + v * lean[..., None]
        lines = torch.stack([u - wide, -u - wide, v - tall, -v - tall], 2)
        for row, given in self.quads.items():
            lines[:, row] = given
        lines = lines / lines[..., 1:].norm(dim=-1, keepdim=True)
        # From the sketch's units to the picture's.
        place_x, place_y, scale, flip = (
            v[:, None] for v in (self.x, self.y, self.scale, self.flip)
        )
        lines[..., 1] *= flip[..., None]
        lines[..., 0] *= scale[..., None]
        lines[..., 0] -= lines[..., 1] * place_x[..., None] + lines[..., 2] * place_y[..., None]
        x, y = place_x + scale * flip * x, place_y + scale * y
        rx = torch.maximum(rx, rx * top) + lean.abs() * ry
        slope = self.light[:, None] * (shade / (scale * torch.maximum(rx, ry)))[..., None]
        level = 1 - slope[..., 0] * x - slope[..., 1] * y
        lines = torch.cat([lines, torch.cat([level[..., None], slope], -1)[:, :, None]], 2)
        table[..., COLUMNS.index("tag")] += self.first_tag[:, None]
        looks = table[..., 9:].clone()
        looks[..., 0], looks[..., 1] = corner_x * scale, corner_y * scale
        looks[..., 3] *= scale
        margin = table[..., COLUMNS.index("soft")] / 2
        wide = (rx * cos.abs() + ry * sin.abs() + margin) * scale
        high = (rx * sin.abs() + ry * cos.abs() + margin) * scale
        return lines, looks, torch.stack([x - wide, y - high, x + wide, y + high], -1)


def _turn(angle: Number) -> tuple[Number, Number]:
    """Return cosine and sine."""
    if isinstance(angle, Tensor):
        return angle.cos(), angle.sin()
    return math.cos(angle), math.sin(angle)


def between(low: float, high: float, u: Tensor) -> Tensor:
    """Return the number that u in [0, 1) falls on between two."""
    return low + (high - low) * u


def paint(
    background: Tensor, *sketches: Sketch, out: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Paint sketches over `background` (B, 3, H, W) in [0, 1]; H and W are multiples of 8.

    Returns the pictures (B, 3, H, W) in [0, 1] and `tags` (B, H, W) int32: the tag of the shape
    that each pixel shows, that is, of the last shape with a tag that covers the pixel's centre; -1
    for none. Edges are smooth over one pixel. Units are the picture's width.
    """
    B, _, H, W = background.shape
    if H % TILE or W % TILE:
        raise CourseError(f"the picture is {H} x {W}: both must be multiples of {TILE}")
    lines, looks, bounds, picture = _in_order(sketches)
    starts = torch.searchsorted(picture, torch.arange(0, B + CHUNK, CHUNK)).tolist()
    images = torch.clamp(background, 0, 1, out=out)
    tags = torch.full((B, H, W), -1, dtype=torch.int32)
    for index, first in enumerate(range(0, B, CHUNK)):
        rows, part = slice(first, first + CHUNK), slice(starts[index], starts[index + 1])
        shapes = (lines[part], looks[part], bounds[part], picture[part] - first)
        raster.paint(images[rows], tags[rows], *shapes)
    return images, tags


def _in_order(sketches: Sequence[Sketch]) -> tuple[Tensor, ...]:
    """Return lines (F, 5, 3), looks (F, 10), bounds (F, 4), pictures (F,), as they are painted."""
    fields = []
    for sketch in sketches:
        if not sketch.rows:
            continue
        kept = torch.stack(sketch.kept, 1)
        order = torch.arange(kept.shape[1]).expand_as(kept)
        picture, layer = (
            sketch.picture[:, None].expand_as(kept),
            sketch.layer[:, None].expand_as(kept),
        )
        fields.append([field[kept] for field in (*sketch.shapes(), picture, layer, order)])
    *shapes, picture, layer, order = (torch.cat(field) for field in zip(*fields))
    turn = torch.argsort((picture * 64 + layer) * 256 + order, stable=True)
    return *(field[turn] for field in shapes), picture[turn]
