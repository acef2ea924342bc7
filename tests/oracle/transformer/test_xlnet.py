"""XLNet beside transformers: both streams, under permutations, padding and segments."""

import pytest
import torch
from safetensors.torch import load_file

from dlcourse.models.transformer.xlnet import XLNet, XLNetConfig, look
from dlcourse.runtime import CourseError

transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.usefixtures("torchvision")  # which transformers imports
SIZES = {"vocabulary": 40, "D": 24, "h": 3, "F": 32, "layers": 3}


@pytest.fixture(scope="module")
def saved(tmp_path_factory, torchvision):
    """A language model of theirs, and the file that it saves."""
    torch.manual_seed(0)
    config = transformers.XLNetConfig(
        vocab_size=40, d_model=24, n_head=3, d_inner=32, n_layer=3, initializer_range=0.3
    )
    model = transformers.XLNetLMHeadModel(config).eval()
    for name, parameter in model.named_parameters():
        if "bias" in name or "seg_embed" in name:
            torch.nn.init.normal_(parameter, std=0.5)
    folder = tmp_path_factory.mktemp("xlnet")
    model.save_pretrained(folder)
    return model, load_file(folder / "model.safetensors")


@pytest.fixture(scope="module")
def pair(saved):
    ours = XLNet(XLNetConfig(**SIZES)).eval()
    ours.load_published(saved[1])
    return ours, saved[0]


def draw(B=4, T=7):
    torch.manual_seed(1)
    order = torch.stack([torch.randperm(T) for _ in range(B)])
    return torch.randint(0, 40, (B, T)), order


def close(ours, want):
    torch.testing.assert_close(ours, want, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("with_segments", [False, True])
@torch.no_grad()
def test_content_stream(pair, with_segments):
    ours, theirs = pair
    words, order = draw()
    segments = (torch.arange(7) > 3).long().expand(4, 7) if with_segments else None
    close(
        ours(words, segments=segments),
        theirs.transformer(words, token_type_ids=segments).last_hidden_state,
    )
    may = look(order)
    want = theirs.transformer(words, perm_mask=(~may).float(), token_type_ids=segments)
    close(ours(words, may, segments=segments), want.last_hidden_state)
    mask = torch.ones(4, 7)
    mask[1, 4:] = 0
    want = theirs.transformer(words, attention_mask=mask, token_type_ids=segments)
    close(
        ours(words, mask=mask.bool(), segments=segments)[mask > 0],
        want.last_hidden_state[mask > 0],
    )


@pytest.mark.parametrize("with_segments", [False, True])
@torch.no_grad()
def test_query_stream_and_logits(pair, with_segments):
    ours, theirs = pair
    words, order = draw()
    segments = (torch.arange(7) > 3).long().expand(4, 7) if with_segments else None
    targets = order[:, -3:]  # the last of the order are predicted, as in the paper
    want = theirs(
        words,
        perm_mask=(~look(order)).float(),
        target_mapping=torch.nn.functional.one_hot(targets, 7).float(),
        token_type_ids=segments,
    ).logits
    close(ours.logits(ours(words, look(order), targets, segments=segments)), want)


@torch.no_grad()
def test_where_we_differ_the_first_of_an_order(pair):
    """Its query may look nowhere: ours gathers zeros, theirs the mean of all words, its own too."""
    ours, theirs = pair
    words, order = draw()
    first = order[:, :1]
    other = words.scatter(1, first, (words.gather(1, first) + 1) % 40)
    mapping = torch.nn.functional.one_hot(first, 7).float()
    perm = (~look(order)).float()
    leaks = [
        theirs.transformer(w, perm_mask=perm, target_mapping=mapping).last_hidden_state
        for w in (words, other)
    ]
    assert not torch.allclose(*leaks, atol=1e-3)
    assert torch.equal(ours(words, look(order), first), ours(other, look(order), first))


def test_rejects_what_does_not_fit(saved):
    weights = saved[1]
    assert "transformer.layer.0.rel_attn.r_w_bias" in weights
    ours = XLNet(XLNetConfig(**SIZES))
    with pytest.raises(CourseError, match=r"blocks\.1\.attention\.q is missing"):
        ours.load_published(
            {k: v for k, v in weights.items() if k != "transformer.layer.1.rel_attn.q"}
        )
    with pytest.raises(CourseError, match="mask_emb is of shape"):
        ours.load_published(weights | {"transformer.mask_emb": torch.zeros(1, 1, 8)})


@pytest.mark.parametrize("name", ["xlnet-base-cased", "xlnet-large-cased"])
def test_published_sizes_count_as_in_transformers(name):
    ours = XLNetConfig.published(name)
    config = transformers.XLNetConfig(
        d_model=ours.D, n_head=ours.h, d_inner=ours.F, n_layer=ours.layers
    )
    with torch.device("meta"):
        mine = sum(p.numel() for p in XLNet(ours).parameters())
        their = sum(p.numel() for p in transformers.XLNetLMHeadModel(config).parameters())
    assert mine == their
    with pytest.raises(CourseError, match="xlnet-base-cased"):
        XLNetConfig.published("xlnet")
