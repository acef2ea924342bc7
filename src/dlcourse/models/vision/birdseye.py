"""Several cameras and frames in one top view: features move to where they are on the ground.

Axes of a car: x ahead, y to the left, z up, metres. A top view is (B, C, S, S) over x, y in
[-reach, reach], row 0 farthest ahead, column 0 farthest left.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.models.layers import convolution


def project(
    points: Tensor, yaw: float, *, height: float, field: float, horizon: float, aspect: float
) -> tuple[Tensor, Tensor]:
    """Return where a pinhole camera sees points (..., 3), as `F.grid_sample` counts, and whether.

    The camera stands over the origin at `height` and looks level along `yaw`; it sees `field`
    radians from left to right, has its horizon at the share `horizon` of its picture, and is
    `aspect` times as wide as high. The result (..., 2) is right and down, -1 to 1 over the picture;
    (...) bool.
    """
    x, y, z = points.unbind(-1)
    depth = math.cos(yaw) * x + math.sin(yaw) * y
    left = math.cos(yaw) * y - math.sin(yaw) * x
    near = depth.clamp(min=1e-3)
    right = -left / near / math.tan(field / 2)
    down = 2 * horizon - 1 + aspect * (height - z) / near / math.tan(field / 2)
    seen = (depth > 1e-3) & (right.abs() <= 1) & (down.abs() <= 1)
    return torch.stack([right, down], dim=-1), seen


def look_up(
    ground: Tensor, heights: Sequence[float], *, cameras: int = 4, **camera: float
) -> tuple[Tensor, Tensor]:
    """Return `project` of points at Z heights above places `ground` (S, S, 2), by V cameras.

    The results are (V, Z, S, S, 2) and (V, Z, S, S). The first of V = `cameras` looks
    ahead, the others follow to the left at equal angles.
    """
    points = torch.stack([F.pad(ground, (0, 1), value=z) for z in heights])
    looks = [project(points, 2 * math.pi * k / cameras, **camera) for k in range(cameras)]
    return torch.stack([where for where, _ in looks]), torch.stack([seen for _, seen in looks])


def lift(features: Tensor, where: Tensor, seen: Tensor) -> Tensor:
    """Return the mean of what the cameras see at each point, (B, C, ...); 0 where none sees it.

    features (B, V, C, h, w); where (V, ..., 2) and seen (V, ...) from `look_up`.
    """
    shape, where, seen = seen.shape[1:], where.flatten(1, -2), seen.flatten(1)
    total = features.new_zeros(len(features), features.shape[2], seen.shape[1])
    for camera in range(len(where)):
        places = seen[camera].nonzero()[:, 0]  # a quarter of all: no need to look at the others
        grid = where[camera, places].expand(len(features), 1, -1, -1)
        found = F.grid_sample(features[:, camera], grid, align_corners=False)[:, :, 0]
        total = total.index_add(2, places, found)
    return (total / seen.sum(0).clamp(min=1)).unflatten(2, shape)


def warp(top: Tensor, pose: Tensor, reach: float) -> Tensor:
    """Return a top view in another car's axes: what lay at p in those of `pose` comes to p.

    top (B, C, S, S) in the axes of a car at pose (B, 3): x, y, heading, in the axes of now.
    """
    x, y, heading = pose.unbind(-1)
    cos, sin = heading.cos(), heading.sin()
    # grid_sample's axes are right = -y/reach and down = -x/reach; the place asked for is
    # R^T (p - t).
    rows = [cos, -sin, (cos * y - sin * x) / reach, sin, cos, (cos * x + sin * y) / reach]
    theta = torch.stack(rows, dim=-1).reshape(-1, 2, 3)
    grid = F.affine_grid(theta, list(top.shape), align_corners=False)
    return F.grid_sample(top, grid, align_corners=False)


class BirdsEye(nn.Module):
    """Say for each cell of a top view what lies there, how high it stands and where it is going.

    A small net looks at each picture, its features are lifted to points above the ground, and each
    past view is warped to where the car is now. The head gets the view of now and what the past
    ones differ by.

    `where` (V, Z, S, S, 2) and `seen` (V, Z, S, S) are from `look_up`. Input: images (B, T, V, 3,
    H, W) in [0, 1] and poses (B, T, 3). Output (B, layers + 3, S, S): logits of the layers, height
    in metres, velocity in metres a second. The features are lifted as Harley et al. 2023 do, by
    looking up where a point would be seen; Philion and Fidler 2020 predict the depth of each pixel
    instead.

    Shown in: 03_cnn/08_beyond_photographs.
    """

    where: Tensor
    seen: Tensor
    units: Tensor

    def __init__(
        self, where: Tensor, seen: Tensor, *, reach: float, frames: int = 3, layers: int = 5,
        width: int = 8, head: int = 16,
    ) -> None:  # fmt: skip
        super().__init__()
        Z = seen.shape[1]
        self.reach, self.frames = reach, frames
        self.register_buffer("where", where, persistent=False)
        self.register_buffer("seen", seen, persistent=False)

        self.eye = nn.Sequential(convolution(3, width, stride=2), convolution(width, width))
        self.column = convolution(width * Z, width, k=1)  # all heights above a cell
        self.head = nn.Sequential(
            convolution(frames * width, head),
            convolution(head, head, dilation=2),  # sees as far as a car drives in two frames
            convolution(head, head, dilation=4),
            nn.Conv2d(head, layers + 3, 1),
        )
        # Metres, and metres a second, for an output of 1.
        self.register_buffer(
            "units", torch.tensor([1.0] * layers + [2.0, 4.0, 4.0]), persistent=False
        )

    def see(self, images: Tensor) -> Tensor:
        """Return the top view of features (B, C, S, S) of one moment's pictures (B, V, 3, H, W)."""
        features = self.eye(images.flatten(0, 1) * 2 - 1).unflatten(0, images.shape[:2])
        points = lift(features, self.where, self.seen)  # (B, C, Z, S, S)
        return self.column(points.flatten(1, 2))

    def forward(self, images: Tensor, poses: Tensor) -> Tensor:
        images, poses = images[:, -self.frames :], poses[:, -self.frames :]
        views = self.see(images.flatten(0, 1)).unflatten(0, images.shape[:2])  # (B, T, C, S, S)
        now = views[:, -1]
        past = [warp(views[:, t], poses[:, t], self.reach) - now for t in range(self.frames - 1)]
        return self.head(torch.cat([*past, now], dim=1)) * self.units[:, None, None]


def top_view_loss(answer: Tensor, top: Tensor, height: Tensor, velocity: Tensor) -> Tensor:
    """Add up the errors in layers, heights and velocities of an answer of `BirdsEye`.

    The truth is top (B, S, S), height (B, S, S), velocity (B, 2, S, S). Cars and trees cover few
    cells, so they weigh more; velocity counts on cars only, which are the last layer.
    """
    logits = answer[:, :-3]
    weight = logits.new_tensor([0.5, 0.5, 1.0, 2.0, 2.0])
    car = (top == logits.shape[1] - 1)[:, None]
    wrong_way = ((answer[:, -2:] - velocity).abs() * car).sum() / car.sum().clamp(min=1)
    wrong_height = (answer[:, -3] - height).abs().mean()
    return F.cross_entropy(logits, top, weight) + wrong_way / 4 + wrong_height / 4
