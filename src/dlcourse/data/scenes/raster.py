"""The inner loop of `render`: which pixels shapes cover, for many pictures at once.

Every shape is one formula: a quadrilateral of four straight lines, grown by an ellipse. With a, b
and c, d the signed distances to opposite sides, in units of the radii rx and ry of that ellipse,

    q = (max(a, b), max(c, d)),    p = max(q, 0),
    distance = (|p| - 1) |p| / |(p_x / rx, p_y / ry)| + min(max(q), 0)

to first order, and exactly where rx = ry. Small radii make a box, large ones a capsule; an ellipse
is a quadrilateral without extent. So shapes of all kinds are evaluated together, on the tiles of
8x8 pixels that they touch and nowhere else: step by step, each tile takes the next shape of its
own.
"""

import torch
from torch import Tensor

TILE = 8  # pixels; pictures must be a whole number of tiles wide and high
BLOCK = 1024  # tiles painted together: small enough for the processor's cache
EDGE = 0.022  # width over which a shape darkens towards its edge
STEP = torch.arange(TILE, dtype=torch.float32)[:, None]


def _pairs(bounds: Tensor, picture: Tensor, H: int, W: int) -> tuple[Tensor, Tensor]:
    """Return tile and shape of every pair that may touch, by tile, then in painting order."""
    limit = torch.tensor([W, H]) // TILE - 1
    first, last = (bounds * (W / TILE)).split(2, 1)
    first, last = (first - 0.5 / TILE).floor().long(), (last + 0.5 / TILE).floor().long()
    seen = (last >= 0).all(1) & (first <= limit).all(1)
    first, last = first.clamp_min(0), torch.minimum(last, limit)
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


def paint(
    image: Tensor, tags: Tensor, lines: Tensor, looks: Tensor, bounds: Tensor, picture: Tensor
) -> None:
    """Paint F shapes in order over `image` (B, 3, H, W), and their tags over `tags` (B, H, W).

    `lines` (F, 5, 3), `looks` (F, 10) and `bounds` (F, 4) are as `Sketch.shapes` gives them;
    `picture` (F,), in ascending order, says which picture each shape is in.
    """
    B, C, H, W = image.shape
    rows, columns = H // TILE, W // TILE
    tile, shape = _pairs(bounds, picture, H, W)
    if not len(tile):
        return
    in_image = image.view(B, C, rows, TILE, columns, TILE).permute(0, 2, 4, 1, 3, 5)
    in_tags = tags.view(B, rows, TILE, columns, TILE).transpose(2, 3)
    tiles = in_image.reshape(B * rows * columns, -1)
    tile_tags = torch.full((len(tiles), TILE * TILE), -1.0)

    # Step k paints the k-th shape of every tile that has so many: the busiest tiles come first, so
    # that
    # those are the first counts[k] tiles.
    depth = torch.bincount(tile, minlength=len(tiles))
    first = depth.cumsum(0) - depth
    depth, busiest = torch.sort(depth, descending=True)
    counts = (len(tiles) - torch.bincount(depth).cumsum(0)[:-1]).tolist()
    first = first[busiest]
    turn = torch.cat([first[:count] + step for step, count in enumerate(counts)])
    known, origin = _in_tiles(lines, looks, float(W), tile[turn], rows, columns)
    known = known.index_select(1, shape[turn])
    known[:5] += known[5:10] * origin[0] + known[10:15] * origin[1]
    known = known.split(counts, 1)

    room = torch.empty(5 * TILE * TILE * BLOCK)
    for low in range(0, counts[0], BLOCK):
        block = busiest[low : min(low + BLOCK, counts[0])]
        canvas = tiles.index_select(0, block).T.contiguous().view(C, TILE, TILE, -1)
        shown = torch.full(canvas.shape[1:], -1.0)
        for shapes, count in zip(known, counts):
            T = min(count - low, BLOCK)
            if T <= 0:
                break
            _blend(canvas[..., :T], shown[..., :T], shapes[:, low : low + T], room)
        tiles.index_copy_(0, block, canvas.view(C * TILE * TILE, -1).T.contiguous())
        tile_tags.index_copy_(0, block, shown.view(TILE * TILE, -1).T.contiguous())
    in_image.copy_(tiles.clamp_(0, 1).view(in_image.shape))
    in_tags.copy_(tile_tags.view(in_tags.shape))


def _in_tiles(lines, looks, width, tile, rows, columns) -> tuple[Tensor, Tensor]:
    """Return what `_blend` needs of shapes (26, F), in pixels, and the tiles' corners (2, Q)."""
    radii = (looks[:, :2] * width).clamp_min(0.3)
    soft = (looks[:, 3] * width).clamp_min(1.0)
    constant, slope = lines[..., 0], lines[..., 1:]
    sides = (constant[:, :4].reshape(-1, 2, 2) * width / radii[..., None] + 1).reshape(-1, 4)
    constant = torch.cat([sides, constant[:, 4:]], 1)
    divide = torch.cat([radii.repeat_interleave(2, 1), torch.full((len(radii), 1), width)], 1)
    slope = slope / divide[..., None]
    edge, opacity, solid, *rest = looks[:, 2], *looks[:, 4:].unbind(1)
    square = 1 / radii.square()
    own = [radii.amin(1), *square.unbind(1), -1 / soft, opacity, edge, edge / (EDGE * width)]
    own += [-1e30 * solid, *rest]
    known = torch.cat([constant, slope[..., 0], slope[..., 1], torch.stack(own, 1)], 1)
    corner = torch.stack([tile % columns, torch.div(tile, columns, rounding_mode="floor") % rows])
    return known.T.contiguous(), corner * float(TILE) + 0.5


def _blend(canvas: Tensor, tags: Tensor, known: Tensor, room: Tensor) -> None:
    """Paint one shape onto each of T tiles: canvas (3, 8, 8, T), tags (8, 8, T), known (27, T).

    The tile's index is last, so that every inner loop is long. All is done in `room` (5 * 64 * T,):
    fresh memory would cost more than the arithmetic.
    """
    constant, slope_x, slope_y = known[:15].reshape(3, 5, 1, -1)
    radius, square_x, square_y, sharp, opacity, edge, rim, solid, tag = known[15:24]
    field = room[: 5 * tags.numel()].view(5, *tags.shape)
    torch.add((constant + STEP * slope_y)[:, :, None], (STEP * slope_x)[:, None], out=field)
    a, b, c, d, light = field
    p_x, p_y = torch.maximum(a, b, out=a), torch.maximum(c, d, out=c)
    inside = torch.maximum(p_x, p_y, out=b).clamp_(max=0).mul_(radius)
    p_x, p_y = p_x.clamp_(min=1e-3).square_(), p_y.clamp_(min=1e-3).square_()
    length = torch.add(p_x, p_y, out=d)
    slope = p_x.mul_(square_x).add_(p_y.mul_(square_y)).sqrt_()
    distance = length.sub_(torch.sqrt(length, out=p_y)).div_(slope).add_(inside)
    dark = torch.mul(distance, rim, out=a).add_(edge).clamp_(min=0)
    light.addcmul_(light, dark, value=-1)
    cover = torch.mul(distance, sharp, out=b).add_(0.5).clamp_(0, 1).mul_(opacity)
    for channel, shade in zip(canvas, known[24:]):
        channel.lerp_(torch.mul(light, shade, out=c), cover)
    # 1 where the pixel's centre is inside and the shape has a tag, else 0: exactly, so no tags mix.
    tags.lerp_(tag.expand_as(tags), distance.mul_(solid).clamp_(0, 1))
