"""A class a pixel from blocks of pixels, and weights for rare classes."""

import pytest
import torch

from dlcourse.models.vision.segmentation import Segmenter, balanced_weights


def test_each_pixel_of_a_block_gets_its_own_answer():
    torch.manual_seed(0)
    net, picture = Segmenter(3, width=4, depth=1).eval(), torch.rand(2, 3, 8, 12)
    with torch.no_grad():
        assert net.features(picture).shape == (2, 4, 4, 6)
        before = net(picture)
        net.head.bias.view(3, 2, 2)[1, 0, 1] += 5.0  # class 1, upper right of each block
        moved = net(picture) - before
    assert moved.shape == (2, 3, 8, 12)
    assert torch.allclose(moved[:, 1, ::2, 1::2], torch.tensor(5.0))
    assert moved.count_nonzero() == moved.numel() // 3 // 4


def test_folding_keeps_every_pixel_in_its_place():
    net = Segmenter(3, width=4, depth=1)
    net.features = lambda x: torch.nn.functional.pixel_unshuffle(x, 2)
    net.head = torch.nn.Identity()
    picture = torch.rand(1, 3, 4, 6)
    assert torch.equal(net(picture), picture)


def test_without_skips_it_has_fewer_weights():
    count = [
        sum(p.numel() for p in Segmenter(9, skips=skips).parameters()) for skips in (True, False)
    ]
    assert count[0] > count[1]


def test_rare_classes_weigh_more_and_the_mean_pixel_one():
    labels = torch.tensor([[0] * 16, [0] * 11 + [1] * 4 + [2]])
    weight = balanced_weights(labels, 3)
    assert (weight[1] / weight[0]).item() == pytest.approx((27 / 4) ** 0.5, rel=1e-5)
    assert (weight[2] / weight[1]).item() == pytest.approx(2, rel=1e-5)
    assert weight[labels].mean().item() == pytest.approx(1, rel=1e-5)
