"""Photographs as tensors, and squares cut from them."""

import pytest
import torch

from dlcourse.data.patches import cut, level
from dlcourse.data.photos import grey, photo_tensor


def test_a_photograph_keeps_its_proportions_and_fits_the_multiple():
    assert photo_tensor("cat", 80, multiple=8).shape == (1, 80, 120)
    colour = photo_tensor("gravel", 32, colour=True)
    assert colour.shape == (3, 32, 32)
    assert torch.equal(colour[0], colour[2])
    assert 0 <= colour.min() < colour.max() <= 1


def test_grey_weighs_green_most_and_leaves_grey_alone():
    weights = [grey(torch.eye(3)[i][:, None, None]).item() for i in range(3)]
    assert weights == pytest.approx([0.2125, 0.7154, 0.0721])
    one = torch.rand(2, 1, 3, 3)
    assert grey(one) is one


def test_squares_come_in_turn_and_lie_in_their_picture():
    pictures = [torch.full((1, 9, 12), 0.0), torch.arange(80.0).reshape(1, 8, 10)]
    squares, source = cut(pictures, 40, 5)
    assert squares.shape == (40, 1, 5, 5)
    assert source.tolist() == [0, 1] * 20
    assert (squares[::2] == 0).all()
    straight, _ = cut(pictures[1:], 30, 3, turn=False)
    assert all((s[0].diff(dim=1) == 1).all() and (s[0].diff(dim=0) == 10).all() for s in straight)
    turned = cut(pictures[1:], 60, 3)[0][:, 0]
    assert (
        len({(s[0, 1] - s[0, 0]).item() for s in turned}) == 4
    )  # along rows and columns, both ways
    assert torch.equal(cut(pictures, 40, 5)[0], squares)
    assert not torch.equal(cut(pictures, 40, 5, seed=1)[0], squares)


def test_a_picture_that_is_too_small_is_named():
    with pytest.raises(ValueError, match="picture 1 has 4 x 9"):
        cut([torch.zeros(1, 9, 9), torch.zeros(1, 4, 9)], 2, 5)


def test_level_keeps_the_pattern_only():
    x = torch.rand(4, 1, 8, 8)
    assert torch.allclose(level(x).mean((1, 2, 3)), torch.full((4,), 0.45))
    assert torch.allclose(level(x + 0.3), level(x), atol=1e-5)
