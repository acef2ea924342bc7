"""Attention against torch's own: the fused function, and nn.MultiheadAttention of equal weights."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlcourse.models.transformer.attention import MultiHeadAttention, attention, causal

PRECISION = {torch.float32: 1e-6, torch.float64: 1e-12}
B, h, T, S, D = 3, 4, 7, 5, 16
LENGTHS = torch.tensor([5, 1, 3])
PADDING = (torch.arange(S) < LENGTHS[:, None])[:, None, None]  # (B, 1, 1, S)
MASKS = {
    "none": (T, S, None),
    "padding": (T, S, PADDING),
    "causal": (S, S, causal(S)),
    "causal with padding": (S, S, causal(S) & PADDING),
    "T = 1": (1, S, PADDING),
    "T = S = 1": (1, 1, None),
    "a row that may look nowhere": (S, S, ~torch.eye(S, dtype=torch.bool).cumsum(0).bool()),
}
each_mask = pytest.mark.parametrize(("T", "S", "mask"), MASKS.values(), ids=MASKS)
each_dtype = pytest.mark.parametrize("dtype", PRECISION, ids=str)


def agree(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=PRECISION[ours.dtype])


def gradients(output, *inputs):
    """Return the gradients of a sum that weights every element differently."""
    slope = torch.linspace(-1, 1, output.numel(), dtype=output.dtype).reshape(output.shape)
    return torch.autograd.grad((output * slope).sum(), inputs)


@each_dtype
@each_mask
def test_attention_is_torch_s_in_value_and_gradient(T, S, mask, dtype):
    torch.manual_seed(0)
    q, k, v = (
        torch.randn(B, h, n, K, dtype=dtype, requires_grad=True)
        for n, K in ((T, 4), (S, 4), (S, 4))
    )
    output, weights = attention(q, k, v, mask)
    theirs = F.scaled_dot_product_attention(q, k, v, mask)
    agree(output, theirs)
    for ours, other in zip(gradients(output, q, k, v), gradients(theirs, q, k, v)):
        agree(ours, other)
    may_look = torch.ones(T, S, dtype=torch.bool) if mask is None else mask
    agree(weights.sum(-1), may_look.any(-1).expand(B, h, T).to(dtype))
    assert (weights.masked_select(~may_look) == 0).all()


@each_dtype
@each_mask
@pytest.mark.parametrize("need_weights", [True, False])
def test_heads_are_torch_s_on_the_same_weights(T, S, mask, dtype, need_weights):
    torch.manual_seed(0)
    ours = MultiHeadAttention(D, h).to(dtype).eval()
    theirs = nn.MultiheadAttention(D, h, batch_first=True, dtype=dtype).eval()
    parts = (ours.query, ours.key, ours.value)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
        theirs.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
        theirs.out_proj.load_state_dict(ours.output.state_dict())
    x, context = torch.randn(B, T, D, dtype=dtype), torch.randn(B, S, D, dtype=dtype)
    output, weights = ours(x, context, mask, need_weights=need_weights)
    # Torch's mask is True where a query may NOT look, one a head, and a row of nothing is NaN.
    other = None if mask is None else ~mask.expand(B, h, T, S).flatten(0, 1)
    wanted, wanted_weights = theirs(
        x, context, context, attn_mask=other, average_attn_weights=False
    )
    nowhere = torch.zeros(T, dtype=torch.bool) if mask is None else ~mask.expand(B, h, T, S).any(-1)
    nowhere = nowhere.expand(B, h, T)[0, 0]
    agree(output[:, ~nowhere], wanted[:, ~nowhere])
    agree(output[:, nowhere], ours.output.bias.expand_as(output[:, nowhere]))  # of zeros
    if need_weights:
        agree(weights[:, :, ~nowhere], wanted_weights[:, :, ~nowhere])
        assert (weights[:, :, nowhere] == 0).all()
    else:
        assert weights is None


@each_dtype
@each_mask
def test_the_two_ways_through_a_layer_agree(T, S, mask, dtype):
    torch.manual_seed(0)
    layer = MultiHeadAttention(D, h).to(dtype)
    x = torch.randn(B, T, D, dtype=dtype, requires_grad=True)
    context = torch.randn(B, S, D, dtype=dtype)
    written, _ = layer(x, context, mask, need_weights=True)
    fused, _ = layer(x, context, mask)
    agree(written, fused)
    wanted = (x, *layer.parameters())
    for ours, other in zip(gradients(written, *wanted), gradients(fused, *wanted)):
        assert ours.isfinite().all()
        torch.testing.assert_close(
            ours, other, rtol=PRECISION[dtype] * 10, atol=PRECISION[dtype] * 10
        )
