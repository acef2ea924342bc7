"""Draw many pictures at once, and know exactly which shape each pixel shows.

A `Sketch` collects shapes for a batch of pictures; `paint` draws sketches over backgrounds. Coordinates
are in units of the picture: x to the right, y down, both from 0 to 1, so that one sketch can be painted
at any size. Any number may also be a tensor (B,), one value for each picture.

>>> sketch = Sketch(2)  # two pictures
>>> sketch.box(0.5, 0.8, 0.5, 0.2, (0.3, 0.6, 0.3))  # the grass, which is nobody's: no tag
>>> sketch.ellipse(torch.tensor([0.3, 0.7]), 0.6, 0.2, 0.2, (0.9, 0.2, 0.2), tag=1)
>>> image, tags = paint(torch.ones(2, 3, 64, 64), sketch)
>>> image.shape, (tags == 1).sum(dim=(1, 2))  # the pixels that show the red discs: about pi 0.2^2 64^2
(torch.Size([2, 3, 64, 64]), tensor([516, 516]))

Every shape is one formula: four straight lines, a and b across, c and d along, and two radii,

    q = (max(a, b) / rx, max(c, d) / ry),    distance = (|q+| - 1) |q+| / |grad| + min(max(q), 0)

which is a box for small radii, a capsule for large ones, an ellipse when the lines cross at its centre,
and any convex quadrilateral when they do not cross at right angles. Hence shapes of all kinds are
evaluated together, on the 8x8 tiles they touch and nowhere else.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

TILE = 8  # pixels; pictures must be a whole number of tiles wide and high
CHUNK = 64  # pictures painted together: small enough for the processor's cache
EDGE = 0.022  # width over which a shape darkens towards its edge

Number = float | Tensor


class Sketch:
    """Shapes for `rows` objects, painted in the order of the calls.

    `rows` is the number of pictures, or, for several objects a picture, the picture of each object (R,);
    a lower `layer` (R,) is then painted first. `x, y, scale, flip` place what is drawn: (0, 0) goes to
    (x, y), lengths are multiplied by `scale`, and flip = -1 mirrors. `light` (R, 2) points to the light;
    `first_tag` (R,) is added to the tags of all shapes.

    All shapes take `colour` (R, 3) or three numbers, and the looks `tag` (an integer for the pixels that
    show the shape; None leaves those of what is below, as a shadow does), `shade` (how much brighter the
    side to the light is), `edge` (how much darker the rim is), `soft` (width of a blurred edge),
    `opacity`, and `only` (R,) bool, the rows that have the shape at all.
    """

    def __init__(
        self, rows: int | Tensor, *, layer=0, x: Number = 0.0, y: Number = 0.0, scale: Number = 1.0,
        flip: Number = 1.0, light: Sequence[float] | Tensor = (-0.6, -0.8), first_tag=0,
    ) -> None:  # fmt: skip
        self.picture = torch.arange(rows) if isinstance(rows, int) else rows
        self.layer = torch.as_tensor(layer).expand(len(self.picture))
        self.x, self.y, self.scale, self.flip = map(self.column, (x, y, scale, flip))
        self.light = torch.as_tensor(light).expand(len(self.picture), 2)
        self.first_tag = self.column(first_tag)
        self.lines, self.looks, self.bounds, self.kept = [], [], [], []

    def column(self, value: Number) -> Tensor:
        """Return a value for each row (R,)."""
        return torch.as_tensor(value, dtype=torch.float32).expand(len(self.picture))

    def box(
        self, x: Number, y: Number, rx: Number, ry: Number, colour, *, angle: Number = 0.0,
        corner: Number = 0.0, top: Number = 1.0, lean: Number = 0.0, **look,
    ) -> None:  # fmt: skip
        """Add a box of half sizes rx, ry about (x, y), turned by `angle` radians (clockwise to the eye).

        `corner` is the radius of its corners. `top` is the width of its upper side over that of the
        lower: 0 makes a triangle. `lean` moves the upper side sideways, in units of ry per side.
        """
        rx, ry, corner, top, lean = map(self.column, (rx, ry, corner, top, lean))
        grow = rx * (1 - top) / (2 * ry)  # of the half width, for one unit downwards
        middle = rx * (1 + top) / 2
        u, v = self.axes(x, y, angle)
        u = u + lean[:, None] * v  # leaning: what is higher up stands further along
        wide = torch.zeros_like(u)
        wide += grow[:, None] * v
        wide[:, 0] += middle * self.scale
        tall = torch.zeros_like(v)
        tall[:, 0] = ry * self.scale
        lines = torch.stack([u - wide, -u - wide, v - tall, -v - tall], 1)
        lines = lines / lines[..., 1:].norm(dim=-1, keepdim=True)
        reach = torch.stack([torch.maximum(rx, rx * top) + lean.abs() * ry, ry], 1)
        self.add(lines, torch.stack([corner, corner], 1), x, y, reach, angle, colour, **look)

    def ellipse(
        self, x: Number, y: Number, rx: Number, ry: Number, colour, *, angle: Number = 0.0, **look
    ) -> None:
        """Add an ellipse of half axes rx, ry about (x, y), turned by `angle` radians."""
        radii = torch.stack([self.column(rx), self.column(ry)], 1)
        u, v = self.axes(x, y, angle)
        lines = torch.stack([u, -u, v, -v], 1)
        lines[..., 0] -= (radii * self.scale[:, None]).repeat_interleave(2, 1)
        self.add(lines, radii, x, y, radii, angle, colour, **look)

    def capsule(
        self, x0: Number, y0: Number, x1: Number, y1: Number, radius: Number, colour, **look
    ) -> None:
        """Add the line from (x0, y0) to (x1, y1), drawn with a round pen of the given radius."""
        x0, y0, x1, y1, radius = map(self.column, (x0, y0, x1, y1, radius))
        dx, dy = x1 - x0, y1 - y0
        half = (dx.square() + dy.square()).sqrt() / 2 + radius
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        angle = torch.atan2(dy, dx)
        self.box(*middle, half, radius, colour, angle=angle, corner=radius, **look)

    def quad(self, points: Tensor, colour, *, corner: Number = 0.0, **look) -> None:
        """Add the convex quadrilateral of `points` (R, 4, 2), in either sense; a triangle repeats one."""
        centre = points.mean(1)
        place = torch.stack([self.x, self.y], 1)[:, None]
        stretch = torch.stack([self.scale * self.flip, self.scale], 1)[:, None]
        corners = place + points * stretch
        side = corners.roll(-1, 1) - corners
        # A repeated point gives a side of no length: it takes the direction of the side after it.
        side = torch.where(side.abs().sum(-1, keepdim=True) > 1e-7, side, side.roll(-1, 1))
        normal = torch.stack([side[..., 1], -side[..., 0]], -1)
        normal = normal / normal.norm(dim=-1, keepdim=True)
        offset = -(normal * corners).sum(-1, keepdim=True)
        lines = torch.cat([offset, normal], -1)
        middle = corners.mean(1, keepdim=True)
        inside = offset + (normal * middle).sum(-1, keepdim=True)
        lines = torch.where(inside > 0, -lines, lines)[:, [0, 2, 1, 3]]
        reach = (points - centre[:, None]).abs().amax(1)
        radii = self.column(corner)[:, None].expand(-1, 2)
        self.add(lines, radii, centre[:, 0], centre[:, 1], reach, 0.0, colour, **look)

    def axes(self, x: Number, y: Number, angle: Number) -> tuple[Tensor, Tensor]:
        """Return the distances along and across a turned axis from (x, y), as lines 1, x, y (R, 3)."""
        x, y = self.x + self.scale * self.flip * x, self.y + self.scale * y
        angle = self.flip * angle
        cos, sin = angle.cos(), angle.sin()
        u = torch.stack([-x * cos - y * sin, cos, sin], 1)
        v = torch.stack([x * sin - y * cos, -sin, cos], 1)
        return u * self.flip[:, None], v

    def add(
        self, lines, radii, x, y, reach, angle, colour, *, tag: int | Tensor | None = None,
        shade: Number = 0.0, edge: Number = 0.0, soft: Number = 0.0, opacity: Number = 1.0, only=None,
    ) -> None:  # fmt: skip
        """Add a shape: `lines` (R, 4, 3) in the picture's units, all else in the sketch's."""
        scale = self.scale
        x, y = self.x + scale * self.flip * x, self.y + scale * y
        reach = reach * scale[:, None]
        cos, sin = self.column(angle).cos().abs(), self.column(angle).sin().abs()
        soft = self.column(soft) * scale
        wide = reach[:, 0] * cos + reach[:, 1] * sin
        high = reach[:, 0] * sin + reach[:, 1] * cos
        # Brightness is one more line through the shape: 1 + shade (light . (p - centre)) / size.
        slope = self.light * (self.column(shade) / reach.amax(1))[:, None]
        level = 1 - slope[:, 0] * x - slope[:, 1] * y
        lines = torch.cat([lines, torch.cat([level[:, None], slope], 1)[:, None]], 1)
        colour = torch.as_tensor(colour, dtype=torch.float32).expand(len(x), 3)
        solid = self.column(0.0 if tag is None else 1.0)
        tag = self.column(0 if tag is None else tag) + self.first_tag
        rest = torch.stack([soft, self.column(edge), self.column(opacity), solid, tag], 1)
        self.lines.append(lines)
        self.looks.append(torch.cat([radii * scale[:, None], rest, colour], 1))
        margin = soft / 2
        box = [x - wide - margin, y - high - margin, x + wide + margin, y + high + margin]
        self.bounds.append(torch.stack(box, 1))
        self.kept.append(torch.ones(len(x), dtype=torch.bool) if only is None else only)


def paint(background: Tensor, *sketches: Sketch) -> tuple[Tensor, Tensor]:
    """Paint sketches over `background` (B, 3, H, W) in [0, 1]; H and W are multiples of 8.

    Returns the pictures (B, 3, H, W) in [0, 1] and `tags` (B, H, W) int32: the tag of the shape that
    each pixel shows, that is, of the last shape with a tag that covers the pixel's centre; -1 for none.
    Edges are smooth over one pixel. Shown in: 03_cnn.
    """
    B, _, H, W = background.shape
    if H % TILE or W % TILE:
        raise ValueError(f"the picture is {H} x {W}: both must be multiples of {TILE}")
    lines, looks, bounds, picture = _in_order(sketches)
    starts = torch.searchsorted(picture, torch.arange(0, B + CHUNK, CHUNK)).tolist()
    images = torch.empty_like(background)
    tags = torch.empty(B, H, W, dtype=torch.int32)
    for index, first in enumerate(range(0, B, CHUNK)):
        rows, part = slice(first, first + CHUNK), slice(starts[index], starts[index + 1])
        shapes = (lines[part], looks[part], bounds[part], picture[part] - first)
        images[rows], tags[rows] = _paint_chunk(background[rows], *shapes)
    return images, tags


def _in_order(sketches: Sequence[Sketch]) -> tuple[Tensor, ...]:
    """Return lines (F, 5, 3), looks (F, 10), bounds (F, 4) and pictures (F,), in order of painting."""
    fields = []
    for sketch in sketches:
        kept = torch.stack(sketch.kept, 1)
        order = torch.arange(kept.shape[1]).expand_as(kept)
        per_row = [torch.stack(field, 1) for field in (sketch.lines, sketch.looks, sketch.bounds)]
        per_row += [sketch.picture[:, None].expand_as(kept), sketch.layer[:, None].expand_as(kept)]
        fields.append([field[kept] for field in [*per_row, order]])
    *shapes, picture, layer, order = (torch.cat(field) for field in zip(*fields))
    turn = torch.argsort((picture * 64 + layer) * 256 + order, stable=True)
    return *(field[turn] for field in shapes), picture[turn]


def _pairs(bounds: Tensor, picture: Tensor, H: int, W: int) -> tuple[Tensor, Tensor]:
    """Return the tile and the shape of every pair that may touch, by tile and then in painting order."""
    limit = torch.tensor([W, H, W, H]) // TILE - 1
    size = torch.tensor([W, H, W, H])
    pixels = bounds * size + torch.tensor([-0.5, -0.5, 0.5, 0.5])
    first, last = (pixels / TILE).floor().long().split(2, 1)
    seen = (last >= 0).all(1) & (first <= limit[:2]).all(1)
    first, last = first.clamp_min(0), torch.minimum(last, limit[:2])
    wide, high = ((last - first + 1) * seen[:, None]).unbind(1)
    count = wide * high
    shape = torch.repeat_interleave(torch.arange(len(count)), count)
    within = torch.arange(len(shape)) - (count.cumsum(0) - count)[shape]
    wide = wide[shape]
    down = torch.div(within, wide, rounding_mode="floor")
    row, column = first[shape, 1] + down, first[shape, 0] + within - down * wide
    tile = (picture[shape] * (H // TILE) + row) * (W // TILE) + column
    tile, turn = torch.sort(tile, stable=True)
    return tile, shape[turn]


def _paint_chunk(background, lines, looks, bounds, picture) -> tuple[Tensor, Tensor]:
    B, C, H, W = background.shape
    rows, columns = H // TILE, W // TILE
    tile, shape = _pairs(bounds, picture, H, W)
    depth = torch.bincount(tile, minlength=B * rows * columns)
    first = depth.cumsum(0) - depth
    depth, busiest = torch.sort(depth, descending=True)
    first = first[busiest]

    # In pixels from the corner of the tile; the tile's index is last, so that inner loops are long.
    origin = torch.stack([tile % columns, tile // columns % rows], 1) * TILE + 0.5
    scale = float(W)
    looks = looks.T.contiguous()
    radii = (looks[:2] * scale).clamp_min(0.3)
    soft = (looks[2:3] * scale).clamp_min(1.0)
    constant, slopes = lines[..., 0].T.clone(), lines[..., 1:].permute(2, 1, 0).contiguous()
    constant[:4] = constant[:4] * scale + radii.repeat_interleave(2, 0)
    slopes[:, 4] /= scale
    look = torch.cat([1 / radii, 1 / soft, looks[3:]])
    slopes, look = slopes[:, :, shape], look[:, shape]
    constant = constant[:, shape] + (slopes * origin.T[:, None]).sum(0)

    tiled = background.reshape(B, C, rows, TILE, columns, TILE).permute(1, 3, 5, 0, 2, 4)
    canvas = tiled.reshape(C, TILE, TILE, -1)[..., busiest]
    tags = torch.full((TILE, TILE, len(busiest)), -1, dtype=torch.int32)
    step = torch.arange(TILE, dtype=torch.float32)[:, None]
    width = EDGE * scale
    for layer in range(int(depth[0]) if len(depth) else 0):
        T = int((depth > layer).sum())
        pair = first[:T] + layer
        base, (slope_x, slope_y) = constant[:, pair], slopes[:, :, pair]
        inverse_x, inverse_y, sharp, dark, opacity, solid, tag, *colour = look[:, pair]
        down = base[:, None] + step * slope_y[:, None]  # (5, y, T)
        field = down[:, :, None] + (step * slope_x[:, None])[:, None]  # (5, y, x, T)
        along = torch.maximum(field[0], field[1])
        across = torch.maximum(field[2], field[3])
        inside = torch.maximum(along, across).clamp_max_(0)
        along, across = along.clamp_min_(0).mul_(inverse_x), across.clamp_min_(0).mul_(inverse_y)
        length = (along * along).addcmul_(across, across).sqrt_()
        along.mul_(inverse_x), across.mul_(inverse_y)
        gradient = along.square_().addcmul_(across, across).sqrt_()
        small = 1e-4
        gradient.add_(small * torch.maximum(inverse_x, inverse_y))
        distance = (length - 1).mul_(length.add_(small)).div_(gradient).add_(inside)
        cover = (0.5 - distance * sharp).clamp_(0, 1).mul_(opacity)
        rim = (distance * (1 / width)).add_(1).clamp_(0, 1).mul_(dark)
        light = field[4].mul_(rim.neg_().add_(1))
        for channel, shown in zip(canvas[..., :T], colour):
            channel.lerp_(light * shown, cover)
        shown = (distance < 0).logical_and_(solid > 0)
        tags[..., :T] = torch.where(shown, tag.int(), tags[..., :T])

    back = torch.argsort(busiest)
    canvas, tags = canvas[..., back].clamp_(0, 1), tags[..., back]
    image = canvas.reshape(C, TILE, TILE, B, rows, columns).permute(3, 0, 4, 1, 5, 2)
    tags = tags.reshape(TILE, TILE, B, rows, columns).permute(2, 3, 0, 4, 1)
    return image.reshape(B, C, H, W), tags.reshape(B, H, W)
