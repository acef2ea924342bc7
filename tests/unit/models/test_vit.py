"""The Vision Transformer: sizes as published, patches where they belong, positions that matter."""

import pytest
import torch
from torch import nn

from dlcourse.models.transformer.vit import PUBLISHED, ViT, ViTConfig
from dlcourse.runtime import CourseError

SMALL = ViTConfig(size=12, patch=4, channels=1, D=16, layers=2, h=2, F=24, classes=3)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("vit-base-patch16-224", 86_567_656),
        ("vit-base-patch32-384", 88_297_192),
    ],
)
def test_parameters_as_published(name, count):
    with torch.device("meta"):
        model = ViT(ViTConfig.published(name))
    assert sum(p.numel() for p in model.parameters()) == count


def test_every_published_name_gives_a_config_and_others_are_named():
    for name in PUBLISHED:
        config = ViTConfig.published(name)
        assert config.size % config.patch == 0
        assert config.D % config.h == 0
    with pytest.raises(CourseError, match="no ViT is called 'vit-tiny'; there are: vit-base"):
        ViTConfig.published("vit-tiny")


def test_tokens_are_patches_row_by_row_after_the_class_token():
    model = ViT(SMALL)
    with torch.no_grad():
        model.positions.zero_()
        nn.init.constant_(model.class_token, 7)
    image = torch.rand(1, 1, 12, 12)
    tokens = model.embed(image)[0]
    assert tokens.shape == (10, 16)
    assert (tokens[0] == 7).all()
    patch = image[0, 0, 0:4, 8:12].flatten()  # row 0, column 2: token 3
    want = model.patches.weight.flatten(1) @ patch + model.patches.bias
    assert torch.allclose(tokens[3], want, atol=1e-6)


def test_without_positions_patches_may_be_shuffled_and_with_them_not():
    torch.manual_seed(0)
    model = ViT(SMALL).eval()
    image = torch.rand(1, 1, 12, 12)
    patches = image.reshape(3, 4, 3, 4).transpose(1, 2).reshape(9, 4, 4)
    other = patches[torch.randperm(9)].reshape(3, 3, 4, 4).transpose(1, 2).reshape(1, 1, 12, 12)
    with torch.no_grad():
        assert not torch.allclose(model(image), model(other), atol=1e-3)
        model.positions.zero_()
        assert torch.allclose(model(image), model(other), atol=1e-5)


def test_weights_are_shown_when_asked_for_and_change_nothing():
    torch.manual_seed(0)
    model, images = ViT(SMALL).eval(), torch.rand(2, 1, 12, 12)
    tokens, weights = model.encode(images, need_weights=True)
    assert [tuple(w.shape) for w in weights] == [(2, 2, 10, 10)] * 2
    assert torch.allclose(weights[1].sum(-1), torch.ones(2, 2, 10), atol=1e-5)
    assert torch.allclose(tokens, model.encode(images)[0], atol=1e-5)
    assert model.encode(images)[1] == [None, None]


def test_pictures_and_patches_that_do_not_fit_are_named():
    with pytest.raises(CourseError, match=r"of shape \(3, 12, 12\): this ViT takes \(1, 12, 12\)"):
        ViT(SMALL)(torch.rand(1, 3, 12, 12))
    with pytest.raises(CourseError, match="no whole number of patches of 5"):
        ViT(ViTConfig(size=12, patch=5, channels=1, D=16, layers=1, h=2, F=8, classes=2))


def test_every_parameter_learns():
    torch.manual_seed(0)
    model = ViT(SMALL)
    with torch.no_grad():  # at the start it is zero, and so would be its own part of the gradient
        model.class_token.normal_()
    model(torch.rand(2, 1, 12, 12)).square().sum().backward()
    for name, parameter in model.named_parameters():
        if not name.endswith("key.bias"):  # the same for all keys: softmax does not see it
            assert parameter.grad.abs().sum() > 0, name
