"""Drawn knees and chests: their labels, boxes and masks fit together, at any size, for any seed."""

import pytest
import torch

from dlcourse.data import scenes


@pytest.fixture(scope="module")
def chests():
    return scenes.chests(100, seed=3)


@pytest.fixture(scope="module")
def knees():
    return scenes.knees(60, seed=3)


@pytest.mark.parametrize("draw", [scenes.knees, scenes.chests])
def test_the_seed_is_the_picture_and_more_of_them_begin_alike(draw):
    assert torch.equal(draw(3, seed=1).image, draw(3, seed=1).image)
    assert not torch.equal(draw(3, seed=1).image, draw(3, seed=2).image)
    image = draw(2, size=96).image
    assert image.shape == (2, 1, 96, 96)
    assert image.dtype == torch.float32
    assert 0 <= image.min() < 0.1
    assert 0.7 < image.max() <= 1
    assert len(draw(5)[1:3]) == 2


def test_every_knee_has_every_structure_and_cartilage_is_thin_and_on_bone(knees):
    shares = torch.stack([(knees.labels == c).float().mean(dim=(1, 2)) for c in range(5)])
    assert shares.min(dim=1).values.gt(0.003).all()
    assert len(knees.names) == 5
    assert 0.02 < shares[4].mean() < 0.07
    cartilage = (knees.labels == 4).float()[:, None]
    inner = -torch.nn.functional.max_pool2d(-cartilage, 5, 1, 2)
    assert inner.sum() / cartilage.sum() < 0.02  # hardly any pixel lies 2 pixels inside of it
    bone = ((knees.labels > 0) & (knees.labels < 4)).float()[:, None]
    near = torch.nn.functional.max_pool2d(bone, 9, 1, 4)
    assert near[cartilage > 0].float().mean() > 0.99


def test_knees_look_both_ways_with_the_patella_in_front(knees):
    columns = torch.arange(64.0)
    patella = torch.stack([columns[(k == 3).any(dim=0)].mean() for k in knees.labels])
    femur = torch.stack([columns[(k == 1).any(dim=0)].mean() for k in knees.labels])
    assert ((patella - femur).abs() > 8).all()
    assert 0.2 < (patella < femur).float().mean() < 0.8


def test_a_nodules_box_mask_centre_and_radius_agree(chests):
    there = chests.labels == 0
    assert set(there.sum(dim=1).tolist()) == {0, 1, 2, 3}
    for values in (chests.boxes, chests.centres, chests.radii, chests.contrast, chests.masks):
        assert not values[~there].any()
    for b, n in there.nonzero().tolist():
        y, x = chests.masks[b, n].nonzero().float().unbind(dim=1)
        left, top, right, bottom = chests.boxes[b, n].tolist()
        assert left <= x.min() + 0.5 <= x.max() + 0.5 <= right
        assert top <= y.min() + 0.5 <= y.max() + 0.5 <= bottom
        area = 3.1416 * chests.radii[b, n] ** 2
        assert 0.7 * area - 4 < len(x) < 1.3 * area + 4
        cx, cy = chests.centres[b, n].long().tolist()
        assert chests.lungs[b, cy, cx]


def test_nodules_do_not_touch_and_are_brighter_than_around_them(chests):
    assert chests.masks.sum(dim=1).max() == 1
    inside = chests.masks.any(dim=1, keepdim=True)
    ring = torch.nn.functional.max_pool2d(inside.float(), 7, 1, 3).bool() & ~inside
    ring &= chests.lungs[:, None]
    assert chests.image[inside].mean() > chests.image[ring].mean() + 0.05
