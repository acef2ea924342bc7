"""ViT against transformers on random weights, by way of the file that `save_pretrained` writes."""

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from dlcourse.models.transformer.vit import ViT, ViTConfig
from dlcourse.runtime import CourseError

SIZES = [(16, 4, 3, 24, 2, 3, 5), (14, 7, 1, 32, 3, 4, 10), (12, 3, 3, 16, 1, 1, 2)]


@pytest.fixture(params=SIZES, ids=str)
def pair(request, torchvision, tmp_path):
    """A ViT of transformers with every parameter random, ours without its weights, and its file."""
    from transformers import ViTConfig as TheirConfig
    from transformers import ViTForImageClassification

    size, patch, channels, D, layers, h, classes = request.param
    torch.manual_seed(size)
    theirs = ViTForImageClassification(
        TheirConfig(
            image_size=size, patch_size=patch, num_channels=channels, hidden_size=D,
            num_hidden_layers=layers, num_attention_heads=h, intermediate_size=2 * D + 1,
            num_labels=classes,
        )
    ).eval()  # fmt: skip
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.3)
    theirs.save_pretrained(tmp_path)
    config = ViTConfig(size, patch, channels, D, layers, h, 2 * D + 1, classes)
    return theirs, ViT(config).eval(), load_file(tmp_path / "model.safetensors")


def test_logits_and_attention_equal_transformers(pair):
    theirs, ours, file = pair
    assert "vit.encoder.layer.0.attention.attention.query.weight" in file  # the published names
    ours.load_published(file)
    config = ours.config
    images = torch.randn(2, config.channels, config.size, config.size)
    theirs.set_attn_implementation("eager")
    with torch.no_grad():
        want = theirs(images, output_attentions=True)
        assert torch.allclose(ours(images), want.logits, atol=1e-5, rtol=1e-5)
        _, weights = ours.encode(images, need_weights=True)
    assert len(weights) == len(want.attentions) == config.layers
    for mine, other in zip(weights, want.attentions, strict=True):
        assert torch.allclose(mine, other, atol=1e-5)


def test_a_file_with_a_key_missing_over_or_of_another_shape_is_refused(pair):
    _, ours, file = pair
    before = {name: value.clone() for name, value in ours.state_dict().items()}
    name = "vit.encoder.layer.0.output.dense.weight"
    with pytest.raises(CourseError, match=r"blocks\.0\.down\.weight is missing"):
        ours.load_published({key: value for key, value in file.items() if key != name})
    with pytest.raises(CourseError, match=r"extra\.weight has no place"):
        ours.load_published(file | {"extra.weight": torch.zeros(1)})
    with pytest.raises(CourseError, match=r"vit\.embeddings\.position_embeddings is of shape"):
        ours.load_published(file | {"vit.embeddings.position_embeddings": torch.zeros(1, 2, 8)})
    assert all(torch.equal(value, before[key]) for key, value in ours.state_dict().items())


def test_the_poolers_weights_are_ignored(pair):
    _, ours, file = pair
    nn.init.zeros_(ours.classifier.weight)
    ours.load_published(file | {"vit.pooler.dense.weight": torch.zeros(3, 3)})
    assert torch.equal(ours.classifier.weight, file["classifier.weight"])
