"""Photographs of a road by four pinhole cameras on a car's roof, one ray for each pixel.

Axes: x along the road, y to its left, z up, metres. See `views` for the world itself.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

CAMERA_HEIGHT = 2.2
NOWHERE = 1000.0  # x of what is not there
FIELD = math.radians(100)  # from left to right: neighbouring cameras overlap by ten degrees
HORIZON = 0.3  # the horizon's share of a picture's height, from its top
LANE, LANES = 3.1, 4
BODY, CABIN, TRUNK = (4.4, 1.9, 0.95), (2.3, 1.6, 1.5), (0.36, 0.36, 1.6)  # length, width, top
CROWN = 2.3  # height of the middle of a tree's crown
SUN = F.normalize(torch.tensor([0.45, -0.4, 0.8]), dim=0)
SKY, HAZE = torch.tensor([0.45, 0.66, 0.90]), torch.tensor([0.88, 0.92, 0.96])
ASPHALT, GRASS = torch.tensor([0.40, 0.41, 0.44]), torch.tensor([0.48, 0.63, 0.34])
HILL, LEAF, BARK = (
    torch.tensor([0.50, 0.63, 0.62]),
    torch.tensor([0.22, 0.46, 0.24]),
    torch.tensor([0.42, 0.31, 0.22]),
)
WHITE, AMBER = torch.tensor([0.95, 0.95, 0.93]), torch.tensor([0.95, 0.75, 0.25])
GLASS, RUBBER = torch.tensor([0.22, 0.29, 0.36]), torch.tensor([0.10, 0.10, 0.11])
LAMP, BRAKE = torch.tensor([1.0, 0.97, 0.75]), torch.tensor([0.80, 0.05, 0.06])


def rays(size: tuple[int, int]) -> Tensor:
    """Return directions (4, H, W, 3) from the pinhole through each pixel, in the car's axes.

    The cameras look ahead, to the left, back, to the right. One that looks along x sees the point
    (X, Y, Z), relative to its pinhole, at column W/2 - f Y/X and row HORIZON H - f Z/X of its
    picture, with the focal length f = W / (2 tan(FIELD / 2)) in pixels.
    """
    H, W = size
    f = W / (2 * math.tan(FIELD / 2))
    row, column = torch.meshgrid(torch.arange(H) + 0.5, torch.arange(W) + 0.5, indexing="ij")
    left, up = (W / 2 - column) / f, (HORIZON * H - row) / f
    ahead = torch.ones(H, W)
    views = [(ahead, left), (-left, ahead), (-ahead, -left), (left, -ahead)]
    return torch.stack([torch.stack([x, y, up], dim=-1) for x, y in views])


def photograph(
    ego: Tensor, cars: Tensor, paint: Tensor, trees: Tensor, size: tuple[int, int]
) -> Tensor:
    """Return what four cameras of cars at ego (B, 3: x, y, heading) see: (B, 4, 3, H, W) in [0, 1].

    cars (B, N, 3): x, y, +1 if it heads along x or -1; paint (B, N, 3); trees (B, M, 3): x, y,
    radius of the crown. What is not there stands at x = NOWHERE.
    """
    B, (H, W) = len(ego), size
    flat = F.normalize(rays(size).reshape(-1, 3), dim=1)
    (cars, paint), (trees,) = _present(cars, paint), _present(trees)
    cos, sin = ego[:, 2:].cos(), ego[:, 2:].sin()
    x, y = cos * flat[:, 0] - sin * flat[:, 1], sin * flat[:, 0] + cos * flat[:, 1]
    direction = torch.stack([x, y, flat[:, 2].expand(B, -1)])  # (3, B, R)
    origin = torch.stack([ego[:, 0], ego[:, 1], torch.full((B,), CAMERA_HEIGHT)])  # (3, B)
    middle, half = _boxes(cars, trees)
    near, box, ball = _nearest(origin[..., None], direction, middle, half, trees)

    point = origin[..., None] + near.clamp(max=300) * direction  # (3, B, R)
    colour = torch.where(near < math.inf, _ground(point, cars, trees), _sky(direction))
    colour = _paint_boxes(colour, point, box, middle, half, cars, paint)
    colour = _paint_crowns(colour, point, ball, trees)
    haze = 1 - (-0.012 * near).exp()
    colour = torch.where(near < math.inf, colour.lerp(HAZE[:, None, None], haze), colour)
    return colour.reshape(3, B, 4, H, W).permute(1, 2, 0, 3, 4).clamp(0, 1)


def _present(*parts: Tensor) -> list[Tensor]:
    """Return (B, N, ...) parts with what is there first, cut to as many as the fullest row has."""
    order = parts[0][..., 0].argsort(dim=1)
    most = max(1, int((parts[0][..., 0] < NOWHERE).sum(1).max()))
    return [part.gather(1, order[:, :most, None].expand(-1, -1, part.shape[-1])) for part in parts]


def _boxes(cars: Tensor, trees: Tensor) -> tuple[Tensor, Tensor]:
    """Return the middles and half sizes (3, B, K) of all boxes: bodies, cabins, trunks."""

    def boxes(x, y, bottom, top, length, width):
        z = torch.full_like(x, (bottom + top) / 2)
        size = torch.tensor([length, width, top - bottom]) / 2
        return torch.stack([x, y, z]), size[:, None, None].expand(3, *x.shape)

    x, y, ahead = cars.unbind(-1)
    parts = [boxes(x, y, 0.15, BODY[2], *BODY[:2])]
    parts += [boxes(x - 0.3 * ahead, y, BODY[2], CABIN[2], *CABIN[:2])]
    parts += [boxes(trees[..., 0], trees[..., 1], 0.0, TRUNK[2], *TRUNK[:2])]
    middle, half = (torch.cat(part, dim=-1) for part in zip(*parts, strict=True))
    return middle, half


def _nearest(origin, direction, middle, half, trees) -> tuple[Tensor, Tensor, Tensor]:
    """Return what each ray meets first: distance (B, R), inf for sky; its box; its crown or -1."""
    inverse = 1 / torch.where(direction.abs() < 1e-6, 1e-6, direction)
    near = torch.where(direction[2] < -1e-6, -origin[2] * inverse[2], math.inf)
    box = torch.full_like(near, -1, dtype=torch.long)
    ball = box.clone()
    size = inverse.abs()
    for k in range(middle.shape[-1]):  # a ray is in a box while it is in all of three slabs
        distance, end = -math.inf, math.inf
        for axis in range(3):
            centre = (middle[axis, :, k, None] - origin[axis]) * inverse[axis]
            reach = half[axis, :, k, None] * size[axis]
            distance = (centre - reach).clamp(min=distance)
            end = (centre + reach).clamp(max=end)
        hit = (distance < end) & (distance > 0) & (distance < near)
        near = torch.where(hit, distance, near)
        box.masked_fill_(hit, k)
    for k in range(trees.shape[1]):  # |origin + t direction - middle| = radius, solved for t
        x, y, radius = trees[:, k, :, None].unbind(1)  # (B, 1)
        away = torch.stack([x, y, torch.full_like(x, CROWN)]) - origin
        along = away[0] * direction[0] + away[1] * direction[1] + away[2] * direction[2]
        under = along**2 + (radius**2 - (away**2).sum(0))
        distance = along - under.clamp(min=0).sqrt()
        hit = (under > 0) & (distance > 0) & (distance < near)
        near = torch.where(hit, distance, near)
        ball.masked_fill_(hit, k)
    box.masked_fill_(ball >= 0, -1)
    return near, box, ball


def _ground(point: Tensor, cars: Tensor, trees: Tensor) -> Tensor:
    x, y, _ = point
    grain = ((x * 12.9 + y * 78.2).sin() * 43758.5).frac().abs() - 0.5
    mown = 0.03 * torch.where((y / 2.5).floor().long() % 2 == 0, 1.0, -1.0)
    line, on_road = marking(x, y)
    colour = torch.where(on_road, _at(ASPHALT) + 0.04 * grain, _at(GRASS) + mown + 0.07 * grain)
    colour = torch.where(line, torch.where(y.abs() < 0.3, _at(AMBER), _at(WHITE)), colour)
    light = torch.ones_like(x)  # shadows: what stands in the way of the sun, moved along its light
    for k in range(cars.shape[1]):
        dx, dy = x - cars[:, k, :1] + 0.35, y - cars[:, k, 1:2] - 0.3
        outside = torch.maximum(dx.abs() - BODY[0] / 2, dy.abs() - BODY[1] / 2)
        light = torch.minimum(light, 0.55 + 1.5 * outside.clamp(0, 0.3))
    for k in range(trees.shape[1]):
        dx, dy = x - trees[:, k, :1] + 1.2, y - trees[:, k, 1:2] - 1.1
        outside = (dx**2 + dy**2).sqrt() - trees[:, k, 2:]
        light = torch.minimum(light, 0.65 + outside.clamp(0, 0.35))
    return colour * light


def marking(x: Tensor, y: Tensor, half: float = 0.15) -> tuple[Tensor, Tensor]:
    """Return where points of the ground have a painted line, of half that width, and where road."""
    edge = LANE * LANES / 2
    to_line = (y / LANE - (y / LANE).round()).abs() * LANE
    dashed = (y.abs() > LANE / 2) & (y.abs() < edge - LANE / 2)
    painted = (to_line < half) & (y.abs() < edge + half) & (~dashed | ((x % 4.0) < 2.2))
    return painted, y.abs() < edge + 0.4


def _sky(direction: Tensor) -> Tensor:
    up, around = direction[2], torch.atan2(direction[1], direction[0])
    sky = _at(HAZE).lerp(_at(SKY), (up * 2.2).clamp(0, 1))
    hill = 0.05 + 0.025 * (3 * around + 1).sin() + 0.015 * (7 * around).sin()
    return torch.where(up < hill, _at(HILL), sky)


def _paint_boxes(colour, point, box, middle, half, cars, paint) -> Tensor:
    N = cars.shape[1]
    kind = torch.where(box < 0, -1, (box // N).clamp(max=2))  # 0 body, 1 cabin, 2 trunk
    chosen = box.clamp(min=0)
    local = torch.stack(
        [
            (p - m.gather(1, chosen)) / h.gather(1, chosen)
            for p, m, h in zip(point, middle, half, strict=True)
        ]
    )
    car = torch.where(kind == 2, 0, chosen % N)
    coat = paint.movedim(-1, 0).gather(2, car.expand(3, -1, -1))
    x = local[0] * cars[..., 2].gather(1, car)  # -1 at the rear, 1 at the front
    y, z = local[1], local[2]
    ends, flanks, tops = local.abs()
    # The side that was met.
    face = torch.where(tops > ends.maximum(flanks), 2, (flanks > ends).long())
    wheel = (face == 1) & (((x.abs() - 0.62) * 2.2) ** 2 + ((z + 1.0) * 0.45) ** 2 < 0.33**2)
    lights = (face == 0) & (y.abs() > 0.5) & (z.abs() < 0.45)
    body = torch.where(
        wheel, _at(RUBBER), torch.where(lights, torch.where(x > 0, _at(LAMP), _at(BRAKE)), coat)
    )
    glass = (face != 2) & (z.abs() < 0.8) & (y.abs().minimum(x.abs()) < 0.9)
    cabin = torch.where(glass & ((face == 0) | (x.abs() > 0.08)), _at(GLASS), coat)
    shine = torch.stack([SUN[i] * local[i].sign() for i in range(3)]).gather(0, face[None])[0]
    light = 0.62 + 0.45 * shine.clamp(min=0)
    painted = torch.where(kind == 2, _at(BARK), torch.where(kind == 1, cabin, body)) * light
    return torch.where(kind >= 0, painted, colour)


def _paint_crowns(colour, point, ball, trees) -> Tensor:
    chosen = ball.clamp(min=0)
    x, y, radius = (trees[..., i].gather(1, chosen) for i in range(3))
    normal = torch.stack([point[0] - x, point[1] - y, point[2] - CROWN]) / radius
    shine = (normal * _at(SUN)).sum(0)
    leaves = 0.05 * ((9 * point[0]).sin() * (11 * point[1]).sin() + (10 * point[2]).sin())
    crown = (_at(LEAF) + leaves) * (0.75 + 0.5 * shine).clamp(min=0.4)
    return torch.where(ball >= 0, crown, colour)


def _at(colour: Tensor) -> Tensor:
    return colour[:, None, None]
