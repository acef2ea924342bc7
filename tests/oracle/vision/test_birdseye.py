"""Projection, lifting and warping against numbers worked by hand, and against the pictures."""

import math

import pytest
import torch
from torch.nn import functional as F

from dlcourse.data.scenes import cameras, views
from dlcourse.models.vision.birdseye import lift, project, warp

SQUARE = {"height": 2.0, "field": math.pi / 2, "horizon": 0.5, "aspect": 1.0}


def test_a_pinhole_worked_by_hand():
    """90 degrees: at depth 10 a camera sees 10 m to each side; 2 m down at depth 10 is a fifth."""
    points = torch.tensor(
        [[10.0, 0, 2], [10, 5, 0], [10, -10, 7], [4, 0, 0], [-10, 0, 0], [10, 11, 0]]
    )
    where, seen = project(points, 0.0, **SQUARE)
    expected = torch.tensor([[0, 0], [-0.5, 0.2], [1, -0.5], [0, 0.5]])
    assert torch.allclose(where[:4], expected, atol=1e-6)
    assert seen.tolist() == [True, True, True, True, False, False]
    left, seen = project(torch.tensor([[0.0, 10, 2], [5, 10, 2]]), math.pi / 2, **SQUARE)
    assert torch.allclose(
        left, torch.tensor([[0.0, 0], [0.5, 0]]), atol=1e-6
    )  # what is ahead is right
    assert seen.all()


def test_the_ground_is_seen_through_a_homography():
    """On a plane the projection is a 3x3 matrix on (x, y, 1), up to scale."""
    h, f, horizon, aspect = 2.2, math.radians(100), 0.3, 2.0
    s, yaw = 1 / math.tan(f / 2), 0.3
    c, n = math.cos(yaw), math.sin(yaw)
    matrix = torch.tensor([
        [s * n, -s * c, 0],
        [(2 * horizon - 1) * c, (2 * horizon - 1) * n, aspect * h * s],
        [c, n, 0],
    ])  # fmt: skip
    torch.manual_seed(0)
    ground = torch.rand(50, 2) * 8 + torch.tensor([6.0, -4.0])
    mapped = torch.cat([ground, torch.ones(50, 1)], 1) @ matrix.T
    points = torch.cat([ground, torch.zeros(50, 1)], 1)
    where, _ = project(points, yaw, height=h, field=f, horizon=horizon, aspect=aspect)
    assert torch.allclose(where, mapped[:, :2] / mapped[:, 2:], atol=1e-5)


@pytest.mark.parametrize("camera", range(4))
def test_projection_is_the_inverse_of_the_rays_that_took_the_pictures(camera):
    size = (24, 48)
    rays = cameras.rays(size)[camera]
    points = 7.0 * rays + torch.tensor([0, 0, cameras.CAMERA_HEIGHT])
    where, _ = project(points, camera * math.pi / 2, aspect=2.0, **views.RIG)
    column, row = (torch.arange(n) * 2 + 1 for n in (48, 24))
    assert torch.allclose(where[..., 0], (column / 48 - 1).expand(24, -1), atol=1e-4)
    assert torch.allclose(where[..., 1], (row / 24 - 1)[:, None].expand(-1, 48), atol=1e-4)


def test_a_car_in_the_picture_is_where_the_projection_says():
    """A red car, 8 m ahead, alone on the road: its red pixels fill its projected corners' box."""
    car = torch.tensor([[[8.0 + 2.2, 0.0, 1.0]]])
    ego, nothing = torch.zeros(1, 3), torch.full((1, 1, 3), cameras.NOWHERE)
    paint = torch.tensor([[[1.0, 0.0, 0.0]]])
    picture = cameras.photograph(ego, car, paint, nothing, (192, 384))[0, 0]
    red = (picture[0] > 2 * picture[1]) & (picture[0] > 0.3)
    rows, columns = red.nonzero().unbind(1)
    corners = torch.tensor([[8.0, y, z] for y in (-0.95, 0.95) for z in (0.15, 0.95)])
    where, _ = project(corners, 0.0, aspect=2.0, **views.RIG)
    box = (where + 1) / 2 * torch.tensor([384.0, 192.0])
    assert abs(columns.min() - box[:, 0].min()) < 1.5
    assert abs(columns.max() + 1 - box[:, 0].max()) < 1.5
    assert abs(rows.max() + 1 - box[:, 1].max()) < 1.5


def test_lift_is_the_mean_over_the_cameras_that_see():
    features = torch.arange(8.0).reshape(1, 2, 1, 2, 2)  # two cameras, 2x2 pixels
    where = torch.tensor([[[-0.5, -0.5], [0.5, 0.5], [0, 0]], [[0.5, -0.5], [0, 0], [0.5, 0.5]]])
    seen = torch.tensor([[True, True, False], [True, False, False]])
    assert lift(features, where, seen)[0, 0].tolist() == [(0 + 5) / 2, 3, 0]
    square = lift(features, where[:, None, None], seen[:, None, None])
    assert square.shape == (1, 1, 1, 1, 3)  # as the points are laid out


def test_warp_brings_what_stands_still_to_where_it_is_now():
    """A blob at p in the axes of a past pose is at R p + t now."""
    S, reach = 48, 12.0
    grid = torch.stack(
        torch.meshgrid(*[reach - (torch.arange(S) + 0.5) * 0.5] * 2, indexing="ij"), -1
    )

    def blob(x, y):
        return torch.exp(-((grid - torch.tensor([x, y])) ** 2).sum(-1) / 2)[None, None]

    x, y, heading = -2.0, 1.0, 0.3
    px, py = 4.0, -3.0
    now_x = x + math.cos(heading) * px - math.sin(heading) * py
    now_y = y + math.sin(heading) * px + math.cos(heading) * py
    moved = warp(blob(px, py), torch.tensor([[x, y, heading]]), reach)
    assert F.l1_loss(moved, blob(now_x, now_y)) < 0.002
    assert F.l1_loss(moved, blob(px, py)) > 0.01
