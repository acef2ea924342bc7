"""Style transfer against closed forms in NumPy, and the checkpoint against what its card says."""

import numpy as np
import pytest
import torch

from dlcourse import data
from dlcourse.data.patches import cut, level
from dlcourse.data.photos import photo_tensor
from dlcourse.models.vision import style


@pytest.fixture
def maps():
    return torch.rand(1, 5, 6, 7, generator=torch.Generator().manual_seed(0))


def test_gram_agrees_with_a_sum_over_places(maps):
    F = maps[0].reshape(5, -1).double().numpy()
    want = sum(np.outer(F[:, k], F[:, k]) for k in range(42)) / 42
    assert np.allclose(style.gram(maps)[0].numpy(), want, atol=1e-6)


def test_losses_are_zero_for_the_same_and_one_for_nothing(maps):
    grams = [style.gram(maps)]
    assert style.style_loss([maps], grams) == 0
    assert style.style_loss([0 * maps], grams) == 1
    assert style.content_loss(maps, maps) == 0
    flat = maps.mean().expand_as(maps)
    assert torch.isclose(style.content_loss(flat, maps), torch.tensor(209 / 210))


def test_recolour_gives_mean_and_covariance_of_the_other_picture():
    random = torch.Generator().manual_seed(0)
    picture, other = (
        torch.rand(3, 20, 30, generator=random),
        torch.rand(3, 25, 15, generator=random) ** 2,
    )
    got = style.recolour(picture, other).flatten(1).numpy()
    want = other.flatten(1).numpy()
    assert np.allclose(got.mean(1), want.mean(1), atol=1e-4)
    assert np.allclose(np.cov(got), np.cov(want), atol=1e-3)


def test_transfer_leaves_a_picture_that_is_its_own_style(maps):
    torch.manual_seed(0)
    net = style.TextureNet(3, widths=(4, 8)).requires_grad_(False)
    picture = torch.full((1, 1, 16, 16), 0.5)  # smooth already
    same, log = style.transfer(net.maps, picture, picture, content_layer=1, steps=5)
    assert torch.allclose(same, picture, atol=1e-3)
    assert log[0] == (0, 0) or np.isnan(log[0][0])


def test_transfer_halves_the_style_loss():
    torch.manual_seed(0)
    net = style.TextureNet(3).requires_grad_(False)
    look = style.on_scales(net.maps, 2)
    cat, gravel = (photo_tensor(name, 48)[None] for name in ("cat", "gravel"))
    seen = []
    _, log = style.transfer(look, cat, gravel, steps=20, on_step=lambda *now: seen.append(now[1:]))
    assert len(look(cat)) == 6
    assert log[-1][1] < 0.5 * log[0][1]
    assert seen == log


def test_the_checkpoint_names_squares_as_its_card_says():
    """Squares of each photograph's right quarter, on which it was not trained, at one height."""
    names = [name for name in data.PHOTOS if name not in ("astronaut", "cat", "camera")]
    net = style.TextureNet(len(names))
    net.load_state_dict(data.checkpoint("textures"))
    parts = [x[..., x.shape[-1] * 3 // 4 :] for x in (photo_tensor(name, 160) for name in names)]
    squares, source = cut(parts, 520, 32, seed=3)
    with torch.no_grad():
        right = (net(level(squares)).argmax(1) == source).float().mean().item()
    card = data.checkpoint_card("textures")
    assert card["metrics"]["accuracy"] > 0.8
    assert abs(right - card["metrics"]["accuracy"]) < 0.08
