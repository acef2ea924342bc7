import torch

from dlcourse.data import scenes
from dlcourse.data.scenes import views

LAYER = {name: index for index, name in enumerate(views.LAYERS)}


def test_drives_are_seeded_and_one_world_at_every_size():
    drives, same = scenes.drives(5, seed=2), scenes.drives(5, seed=2)
    assert drives.images.shape == (5, 3, 4, 3, 24, 48)
    assert torch.equal(drives.images, same.images)
    assert 0 <= drives.images.min() < drives.images.max() <= 1
    fine = scenes.drives(5, seed=2, size=(16, 32), cells=96, frames=2)
    assert torch.equal(fine.poses, drives.poses[:, 1:])
    middles = fine.top[:, 1::3, 1::3].where(drives.top != LAYER["line"], LAYER["line"])
    assert torch.equal(middles, drives.top)  # lines are a cell wide: more in the coarse view
    assert len(drives[1:3]) == 2


def test_the_truth_of_a_cell_agrees_with_itself():
    drives = scenes.drives(40, size=(8, 16), seed=1)
    car, tree = drives.top == LAYER["car"], drives.top == LAYER["tree"]
    assert ((drives.height > 0) == (car | tree)).all()
    speed = drives.velocity.norm(dim=1)
    assert (speed[~car] == 0).all()
    moving = speed[car] > 0
    assert 0.35 < moving.float().mean() < 0.65
    assert speed[car][moving].min() > 2.4
    assert (drives.poses[:, -1] == 0).all()
    assert car.flatten(1).any(1).float().mean() > 0.9


def test_traffic_keeps_to_the_right():
    """In the road's axes: velocities of cars on our left point at us, on our right away from us."""
    drives = scenes.drives(60, size=(8, 16), seed=3)
    x = drives.velocity[:, 0]
    assert (x != 0).any()
    for velocity in x:
        columns = velocity.abs().sum(0).nonzero().flatten()
        ways = [velocity[:, c].sum().sign().item() for c in columns.tolist()]
        assert ways == sorted(ways)  # from left to right: first towards us, then our way


def test_a_standing_world_looks_the_same_after_the_past_is_warped():
    from dlcourse.models.vision.birdseye import warp

    drives = scenes.drives(20, size=(8, 16), seed=4)
    past, now = drives.poses[:, 0], drives.poses[:, -1]
    assert past[:, 0].min() < -1.5  # we came from behind
    assert torch.equal(views.relative(now, now), torch.zeros(20, 3))
    view = torch.rand(20, 2, 32, 32)
    assert torch.allclose(warp(view, now, views.REACH), view, atol=1e-5)
