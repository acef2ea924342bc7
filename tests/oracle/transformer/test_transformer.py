"""Blocks, and one whole training step, against torch's own Transformer with the same weights."""

import math

import pytest
import torch
from torch import nn

from dlcourse.models.transformer.transformer import (
    DecoderBlock,
    EncoderBlock,
    Transformer,
    TransformerConfig,
    smoothed_loss,
)
from dlcourse.text import before

SIZES = {"d_model": 16, "nhead": 4, "dim_feedforward": 32, "dropout": 0.0, "batch_first": True}


def copy_attention(theirs: nn.MultiheadAttention, ours) -> None:
    parts = ours.query, ours.key, ours.value
    weights, biases = theirs.in_proj_weight.chunk(3), theirs.in_proj_bias.chunk(3)
    for part, weight, bias in zip(parts, weights, biases):
        part.weight.data, part.bias.data = weight.clone(), bias.clone()
    ours.output.load_state_dict(theirs.out_proj.state_dict())


def copy_block(theirs, ours) -> None:
    copy_attention(theirs.self_attn, ours.attention)
    pairs = [(theirs.linear1, ours.up), (theirs.linear2, ours.down)]
    pairs += [(theirs.norm1, ours.attention_norm)]
    if isinstance(ours, DecoderBlock):
        copy_attention(theirs.multihead_attn, ours.cross)
        pairs += [(theirs.norm2, ours.cross_norm), (theirs.norm3, ours.feed_norm)]
    else:
        pairs += [(theirs.norm2, ours.feed_norm)]
    for source, target in pairs:
        target.load_state_dict(source.state_dict())


def scramble(module: nn.Module) -> nn.Module:
    """Draw all parameters, also the norms' and biases that begin as ones and zeros."""
    for p in module.parameters():
        nn.init.normal_(p, std=0.3)
    return module


def masks():
    """Ours: True where one may look. Torch's: True where one may not."""
    seen = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], dtype=torch.bool)
    past = torch.ones(4, 4, dtype=torch.bool).tril()
    return seen, past


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_encoder_block(norm):
    torch.manual_seed(0)
    settings = SIZES | {"norm_first": norm == "pre", "activation": "gelu"}
    theirs = scramble(nn.TransformerEncoderLayer(**settings))
    ours = EncoderBlock(16, 4, 32, norm=norm)
    copy_block(theirs, ours)
    x, (seen, _) = torch.randn(2, 5, 16), masks()
    want = theirs(x, src_key_padding_mask=~seen)
    for need_weights in (False, True):
        got, weights = ours(x, seen[:, None, None], need_weights=need_weights)
        assert torch.allclose(got[seen], want[seen], atol=1e-5)
    assert weights.shape == (2, 4, 5, 5)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_decoder_block(norm):
    torch.manual_seed(0)
    settings = SIZES | {"norm_first": norm == "pre", "activation": "relu"}
    theirs = scramble(nn.TransformerDecoderLayer(**settings))
    ours = DecoderBlock(16, 4, 32, norm=norm, activation=nn.functional.relu)
    copy_block(theirs, ours)
    x, memory, (seen, past) = torch.randn(2, 4, 16), torch.randn(2, 5, 16), masks()
    want = theirs(x, memory, tgt_mask=~past, memory_key_padding_mask=~seen)
    got, weights = ours(x, memory, past, seen[:, None, None], need_weights=True)
    assert torch.allclose(got, want, atol=1e-5)
    assert weights.shape == (2, 4, 4, 5)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_one_training_step(norm):
    """Loss and every gradient, Adam's step, and the loss after it."""
    torch.manual_seed(0)
    ours = scramble(Transformer(TransformerConfig(11, 13, 16, 2, 4, 32, 0.0, norm)))
    layer = nn.TransformerEncoderLayer(**SIZES, norm_first=norm == "pre")
    encoder = nn.TransformerEncoder(layer, 2, nn.LayerNorm(16), enable_nested_tensor=False)
    stacks = nn.Transformer(
        **SIZES, num_decoder_layers=2, custom_encoder=encoder, norm_first=norm == "pre"
    )
    theirs = scramble(stacks).train()
    for side in ("encoder", "decoder"):
        for block, copy in zip(getattr(theirs, side).layers, getattr(ours, side)):
            copy_block(block, copy)
        if norm == "pre":
            getattr(ours, f"{side}_norm").load_state_dict(getattr(theirs, side).norm.state_dict())
        else:  # torch adds a last norm here too, which the paper has not
            getattr(theirs, side).norm = None
    tables = [side.weight.detach().clone() for side in (ours.source, ours.target)]
    tables = [table.requires_grad_() for table in tables]
    source, target = torch.randint(3, 11, (2, 5)), torch.randint(3, 13, (2, 4))
    seen, past = masks()
    source[~seen] = 0
    waves = torch.zeros(5, 16)
    for t in range(5):
        for i in range(0, 16, 2):
            waves[t, i], waves[t, i + 1] = (f(t / 10_000 ** (i / 16)) for f in (math.sin, math.cos))

    def loss_of_theirs():
        x = tables[0][source] * 4 + waves
        y = tables[1][before(target)] * 4 + waves[:4]
        padding = {"src_key_padding_mask": ~seen, "memory_key_padding_mask": ~seen}
        out = theirs(x, y, tgt_mask=~past, **padding)
        return smoothed_loss(out @ tables[1].T, target)

    both = list(ours.parameters()), [*theirs.parameters(), *tables]
    adam = [torch.optim.Adam(parameters, 1e-2) for parameters in both]
    losses = []
    for _ in range(2):
        pair = smoothed_loss(ours(source, target), target), loss_of_theirs()
        losses.append([loss.item() for loss in pair])
        for loss, optimizer in zip(pair, adam):
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    assert losses[0][0] == pytest.approx(losses[0][1], rel=1e-5)
    assert losses[1][0] == pytest.approx(losses[1][1], rel=2e-3)
    assert abs(losses[1][0] - losses[0][0]) > 0.02 * losses[0][0]  # the step was one
    assert torch.allclose(ours.target.weight.grad, tables[1].grad, atol=1e-3)
    assert torch.allclose(ours.source.weight.grad, tables[0].grad, atol=1e-3)
