"""ALBERT beside transformers: the same published file, the same outputs."""

import pytest
import torch
from safetensors.torch import load_file

from dlcourse.models.transformer.albert import Albert, AlbertConfig
from dlcourse.runtime import CourseError

transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.usefixtures("torchvision")  # which transformers imports
SIZES = {"vocabulary": 50, "embedding": 8, "D": 24, "h": 3, "F": 40, "layers": 4}


def theirs(kind="AlbertModel", activation="gelu_new", groups=1):
    torch.manual_seed(0)
    config = transformers.AlbertConfig(
        vocab_size=50,
        embedding_size=8,
        hidden_size=24,
        num_attention_heads=3,
        intermediate_size=40,
        num_hidden_layers=4,
        num_hidden_groups=groups,
        max_position_embeddings=32,
        hidden_act=activation,
        # As in BERT's paper would make all outputs nearly equal: large weights show every mistake.
        initializer_range=0.3,
    )
    model = getattr(transformers, kind)(config).eval()
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter)
    return model


def inputs():
    torch.manual_seed(1)
    words, segments = torch.randint(1, 50, (3, 9)), torch.randint(0, 2, (3, 9))
    mask = torch.ones(3, 9, dtype=torch.bool)
    mask[1, 6:] = mask[2, 3:] = False
    return words, mask, segments


@pytest.mark.parametrize(
    ("activation", "groups"), [("gelu_new", 1), ("gelu", 1), ("relu", 2), ("gelu_new", 4)]
)
def test_equals_transformers_on_the_file_it_saves(tmp_path, activation, groups):
    model = theirs(activation=activation, groups=groups)
    model.save_pretrained(tmp_path)
    config = AlbertConfig(**SIZES, longest=32, groups=groups, activation=activation)
    ours = Albert(config).eval()
    ours.load_published(load_file(tmp_path / "model.safetensors"))
    words, mask, segments = inputs()
    with torch.no_grad():
        want = model(words, attention_mask=mask.long(), token_type_ids=segments)
        x, pooled = ours(words, mask, segments)
        plain = model(words)
    torch.testing.assert_close(x[mask], want.last_hidden_state[mask], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(pooled, want.pooler_output, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(ours(words)[0], plain.last_hidden_state, atol=1e-5, rtol=1e-5)


def test_published_keys_with_heads_and_older_names(tmp_path):
    theirs("AlbertForPreTraining").save_pretrained(tmp_path)
    saved = load_file(tmp_path / "model.safetensors")
    key = "albert.encoder.albert_layer_groups.0.albert_layers.0.attention.query.weight"
    assert key in saved
    assert any(name.startswith("predictions.") for name in saved)
    older = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma"): value for name, value in saved.items()
    }
    assert older.keys() != saved.keys()
    older["albert.embeddings.position_ids"] = torch.arange(32)[None]
    ours = Albert(AlbertConfig(**SIZES, longest=32))
    ours.load_published(older)
    assert torch.equal(ours.blocks[0].attention.query.weight, saved[key])


def test_says_which_key_does_not_fit(tmp_path):
    theirs().save_pretrained(tmp_path)
    saved = load_file(tmp_path / "model.safetensors")
    ours = Albert(AlbertConfig(**SIZES, longest=32))
    with pytest.raises(CourseError, match=r"segments\.weight is missing"):
        ours.load_published(
            {k: v for k, v in saved.items() if k != "embeddings.token_type_embeddings.weight"}
        )
    with pytest.raises(CourseError, match=r"extra\.weight has no place"):
        ours.load_published(saved | {"extra.weight": torch.zeros(1)})
    with pytest.raises(CourseError, match=r"ffn.weight is of shape \(40, 24\)"):
        Albert(AlbertConfig(**SIZES | {"F": 48}, longest=32)).load_published(saved)


@pytest.mark.parametrize("size", ["base", "large", "xlarge", "xxlarge"])
def test_published_sizes_count_as_in_transformers(size):
    ours = AlbertConfig.published(f"albert-{size}-v2")
    config = transformers.AlbertConfig(
        hidden_size=ours.D,
        num_attention_heads=ours.h,
        intermediate_size=ours.F,
        num_hidden_layers=ours.layers,
    )
    with torch.device("meta"):
        counts = [
            sum(p.numel() for p in model.parameters())
            for model in (Albert(ours), transformers.AlbertModel(config))
        ]
    assert counts[0] == counts[1]
    assert ours.activation == config.hidden_act


def test_unknown_name_is_told():
    with pytest.raises(CourseError, match="albert-xxlarge-v2"):
        AlbertConfig.published("albert-base")
