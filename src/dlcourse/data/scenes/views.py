"""Drives through a small road world: four cameras, several frames, and the truth from above.

Lengths are metres, times seconds, angles radians. A car's own axes are x ahead, y to the left, z
up, with the origin on the ground below its cameras. A picture is made by following a ray from the
pinhole through the centre of each pixel to the first thing it meets, so a view is exact to the
pixel.
"""

from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.utils.data import Dataset

from dlcourse.data.scenes import cameras
from dlcourse.data.scenes.cameras import BODY, CABIN, LANE, LANES, NOWHERE

LAYERS = ("grass", "road", "line", "tree", "car")  # of the top view
REACH = 12.0  # the top view's half side
RIG = {"height": cameras.CAMERA_HEIGHT, "field": cameras.FIELD, "horizon": cameras.HORIZON}
FRAME_SECONDS = 0.35
SPEEDS = (2.5, 5.5)  # of cars that move
CHUNK = 16  # drives photographed together: small enough for the processor's cache
COATS = torch.tensor(
    [
        [0.80, 0.16, 0.15],
        [0.93, 0.93, 0.90],
        [0.13, 0.35, 0.68],
        [0.25, 0.27, 0.30],
        [0.95, 0.72, 0.15],
        [0.25, 0.56, 0.53],
        [0.72, 0.74, 0.77],
    ]
)


@dataclass(frozen=True)
class Drives:
    """B drives of T frames, the last of which is now; the truth is of now, in the car's axes."""

    images: Tensor  # (B, T, 4, 3, H, W) in [0, 1]: ahead, left, back, right
    poses: Tensor  # (B, T, 3): x, y, heading of the car at each frame; zeros at the last
    top: Tensor  # (B, S, S) int64 into LAYERS; row 0 is farthest ahead, column 0 farthest left
    height: Tensor  # (B, S, S): of what stands there
    velocity: Tensor  # (B, 2, S, S): x and y over ground of what moves there, else 0

    def __len__(self) -> int:
        return len(self.top)

    def __getitem__(self, index) -> "Drives":
        return Drives(*(getattr(self, field.name)[index] for field in fields(self)))

    def to(self, device) -> "Drives":
        """Return the drives on a device."""
        return Drives(*(getattr(self, field.name).to(device) for field in fields(self)))


class Examples(Dataset):
    """Drives as `train.fit` takes them: what was seen, and what is true from above."""

    def __init__(self, drives: Drives) -> None:
        self.drives = drives

    def __len__(self) -> int:
        return len(self.drives)

    def __getitem__(self, index) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """Return ((images, poses), (top, height, velocity))."""
        d = self.drives[index]
        return (d.images, d.poses), (d.top, d.height, d.velocity)


@dataclass(frozen=True)
class _World:
    """What there is now, in axes of the road: x along it, y = 0 its middle."""

    ego: Tensor  # (B, 5): x, y, heading, speed, change of heading a second
    cars: Tensor  # (B, N, 4): x, y, +1 or -1 for the way it heads, speed
    paint: Tensor  # (B, N, 3)
    trees: Tensor  # (B, M, 3): x, y, radius of the crown


def drives(
    n: int, *, frames: int = 3, size: tuple[int, int] = (24, 48), cells: int = 32, seed: int = 0
) -> Drives:
    """Return n drives past trees and cars, standing and moving; equal seeds give equal worlds.

    `size` is a picture's (H, W), `cells` the side of the top view; neither changes the world.
    Whether a car moves is drawn by a coin, and its lane, colour and place know nothing of it: one
    frame cannot tell.

    Card: `data.card("motion")`. Shown in: 03_cnn/08_beyond_photographs.
    """
    world = _world(n, torch.Generator().manual_seed(seed))
    times = [FRAME_SECONDS * (frame - frames + 1) for frame in range(frames)]
    images = torch.empty(n, frames, 4, 3, *size)
    poses = torch.empty(n, frames, 3)
    for frame, time in enumerate(times):
        ego, cars = _at(world, time)
        poses[:, frame] = relative(ego, world.ego[:, :3])
        for rows in torch.arange(n).split(CHUNK):
            paint, trees = world.paint[rows], world.trees[rows]
            images[rows, frame] = cameras.photograph(ego[rows], cars[rows], paint, trees, size)
    return Drives(images, poses, *_from_above(world, cells))


def relative(pose: Tensor, origin: Tensor) -> Tensor:
    """Return poses (..., 3: x, y, heading) in the axes of the pose `origin` (..., 3)."""
    dx, dy, heading = (pose - origin).unbind(-1)
    cos, sin = origin[..., 2].cos(), origin[..., 2].sin()
    return torch.stack([cos * dx + sin * dy, cos * dy - sin * dx, heading], -1)


def centres(cells: int) -> Tensor:
    """Return x, y of the middle of each cell of a top view, (cells, cells, 2), in a car's axes."""
    steps = REACH - (torch.arange(cells) + 0.5) * (2 * REACH / cells)
    return torch.stack(torch.meshgrid(steps, steps, indexing="ij"), dim=-1)


def _world(n: int, generator) -> _World:
    def uniform(low, high, *shape):
        return low + (high - low) * torch.rand(n, *shape, generator=generator)

    # Lanes from right to left, three places in each.
    lane = torch.arange(LANES).repeat_interleave(3)
    own = torch.randint(0, LANES // 2, (n, 1), generator=generator)  # traffic keeps to the right
    shift = uniform(-5, 5, LANES)[:, lane] * (lane != own)
    x = torch.tensor([-10.0, 0.0, 10.0]).repeat(LANES) + shift + uniform(-0.8, 0.8, 3 * LANES)
    y = (lane - (LANES - 1) / 2) * LANE + uniform(-0.3, 0.3, 3 * LANES)
    there = (uniform(0, 1, 3 * LANES) < 0.55) & ~((lane == own) & (x.abs() < 5))
    moves = uniform(0, 1, 3 * LANES) < 0.5
    speed = uniform(*SPEEDS, 3 * LANES) * moves
    ahead = torch.where(lane < LANES // 2, 1.0, -1.0).expand(n, -1)
    cars = torch.stack([torch.where(there, x, NOWHERE), y, ahead, speed * there], -1)
    paint = COATS[torch.randint(0, len(COATS), (n, 3 * LANES), generator=generator)]

    x = torch.linspace(-14, 14, 5).repeat_interleave(2) + uniform(-2.5, 2.5, 10)
    y = torch.tensor([-1.0, 1.0]).repeat(5) * uniform(LANE * LANES / 2 + 1.6, REACH, 10)
    there = uniform(0, 1, 10) < 0.7
    trees = torch.stack([torch.where(there, x, NOWHERE), y, uniform(0.9, 1.5, 10)], -1)

    y = (own[:, 0] - (LANES - 1) / 2) * LANE + uniform(-0.3, 0.3)
    ego = [torch.zeros(n), y, uniform(-0.12, 0.12), uniform(0, SPEEDS[1]), uniform(-0.3, 0.3)]
    return _World(torch.stack(ego, -1), cars, paint, trees)


def _at(world: _World, time: float) -> tuple[Tensor, Tensor]:
    """Return the car's own pose (B, 3) and the other cars (B, N, 3) at a time, 0 being now."""
    x, y, heading, speed, turn = world.ego.unbind(-1)
    middle = heading + turn * time / 2  # of the arc that it drives
    x, y = x + speed * time * middle.cos(), y + speed * time * middle.sin()
    cars = world.cars[..., :3].clone()
    cars[..., 0] += world.cars[..., 2] * world.cars[..., 3] * time
    return torch.stack([x, y, heading + turn * time], -1), cars


def _from_above(world: _World, cells: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return what each cell's middle lies on, its height and its velocity."""
    grid = centres(cells)[None]
    cos, sin = world.ego[:, 2, None, None].cos(), world.ego[:, 2, None, None].sin()
    x = world.ego[:, 0, None, None] + cos * grid[..., 0] - sin * grid[..., 1]  # (B, S, S)
    y = world.ego[:, 1, None, None] + sin * grid[..., 0] + cos * grid[..., 1]
    line, road = cameras.marking(x, y, half=max(0.15, REACH / cells))
    top, height = road.long(), torch.zeros_like(x)
    top[line] = LAYERS.index("line")
    speed = torch.zeros_like(x)  # along the road
    for k in range(world.trees.shape[1]):
        away_x, away_y, radius = (
            x - world.trees[:, k, 0, None, None],
            y - world.trees[:, k, 1, None, None],
            world.trees[:, k, 2, None, None],
        )
        inside = away_x**2 + away_y**2 < radius**2
        top[inside] = LAYERS.index("tree")
        height = torch.where(inside, cameras.CROWN + radius, height)
    for k in range(world.cars.shape[1]):
        middle_x, middle_y, ahead, fast = (
            value[:, None, None] for value in world.cars[:, k].unbind(-1)
        )
        inside = ((x - middle_x).abs() < BODY[0] / 2) & ((y - middle_y).abs() < BODY[1] / 2)
        top = torch.where(inside, LAYERS.index("car"), top)
        cabin = inside & ((x - middle_x + 0.3 * ahead).abs() < CABIN[0] / 2)
        height = torch.where(inside, torch.where(cabin, CABIN[2], BODY[2]), height)
        speed = torch.where(inside, ahead * fast, speed)
    return top, height, torch.stack([speed * cos, -speed * sin], dim=1)


def sheet(pictures: Tensor) -> Tensor:
    """Lay four pictures (4, 3, H, W) out, (2 H, 3 W, 3): left, ahead, right, and back below."""
    ahead, left, back, right = pictures
    blank = torch.ones_like(ahead)
    rows = [torch.cat(row, dim=2) for row in ([left, ahead, right], [blank, back, blank])]
    return torch.cat(rows, dim=1).movedim(0, -1)


def colour(top: Tensor, moving: Tensor) -> Tensor:
    """Return a top view (S, S) in colour (S, S, 3): standing cars blue, `moving` ones orange."""
    table = [
        [0.66, 0.78, 0.55],
        [0.55, 0.57, 0.60],
        [1, 1, 1],
        [0.16, 0.45, 0.24],
        [0.0, 0.45, 0.70],
        [0.84, 0.37, 0.0],
    ]
    return torch.tensor(table)[top + ((top == len(LAYERS) - 1) & moving)]
