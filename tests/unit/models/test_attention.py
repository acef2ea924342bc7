import math

import pytest
import torch

from dlcourse.models.transformer.attention import MultiHeadAttention, attention, causal
from dlcourse.runtime import CourseError


def test_attention_by_hand():
    q, k = torch.tensor([[2.0, 0, 0, 0]]), torch.eye(4)[:2]  # scores 2 and 0, over sqrt(4): 1 and 0
    v = torch.tensor([[1.0], [0.0]])
    output, weights = attention(q, k, v)
    wanted = math.e / (math.e + 1)
    assert weights.tolist() == [pytest.approx([wanted, 1 - wanted])]
    assert output.item() == pytest.approx(wanted)


def test_values_may_be_of_another_width_and_there_may_be_no_batch():
    output, weights = attention(torch.randn(3, 4), torch.randn(5, 4), torch.randn(5, 9))
    assert output.shape == (3, 9)
    assert weights.shape == (3, 5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a_row_that_may_look_nowhere_gives_zeros_also_in_the_gradient(dtype):
    q, k, v = (torch.randn(2, 3, 4, dtype=dtype, requires_grad=True) for _ in range(3))
    mask = torch.tensor([[False] * 3, [True] * 3, [False, True, False]])
    output, weights = attention(q, k, v, mask)
    assert (output[:, 0] == 0).all()
    assert (weights[:, 0] == 0).all()
    assert torch.equal(output[:, 2], v[:, 1])
    slopes = torch.autograd.grad(output.square().sum(), (q, k, v))
    assert all(slope.isfinite().all() for slope in slopes)
    assert (slopes[0][:, 0] == 0).all()


def test_large_scores_neither_overflow_nor_pass_a_mask():
    q = torch.full((1, 4), 1e18)
    k = torch.tensor([[-1e18] * 4, [1e18] * 4])
    _, weights = attention(q, k, torch.eye(2), torch.tensor([True, False]))
    assert weights.tolist() == [[1.0, 0.0]]


def test_causal_shows_no_future():
    assert causal(1).tolist() == [[True]]
    assert causal(0).shape == (0, 0)
    layer = MultiHeadAttention(8, 2)
    x = torch.randn(1, 6, 8)
    changed = torch.cat([x[:, :4], torch.randn(1, 2, 8)], dim=1)
    before, after = (layer(seen, mask=causal(6))[0] for seen in (x, changed))
    assert torch.allclose(before[:, :4], after[:, :4], atol=1e-6)
    assert not torch.allclose(before[:, 4:], after[:, 4:], atol=1e-3)


def test_padding_is_not_seen():
    layer = MultiHeadAttention(8, 2)
    x, real = torch.randn(2, 5, 8), torch.tensor([[True] * 3 + [False] * 2, [True] * 5])
    short, _ = layer(x[:1, :3])
    padded, weights = layer(x, mask=real[:, None, None], need_weights=True)
    assert torch.allclose(padded[:1, :3], short, atol=1e-6)
    assert (weights[0, :, :, 3:] == 0).all()


def test_permuted_in_permuted_out():
    layer, order = MultiHeadAttention(8, 4), torch.randperm(6)
    x = torch.randn(2, 6, 8)
    assert torch.allclose(layer(x[:, order])[0], layer(x)[0][:, order], atol=1e-6)


def test_parameters_are_counted_and_named():
    names = {name: value.numel() for name, value in MultiHeadAttention(12, 3).named_parameters()}
    parts = ("query", "key", "value", "output")
    assert names == {f"{p}.weight": 144 for p in parts} | {f"{p}.bias": 12 for p in parts}
    assert len(list(MultiHeadAttention(12, 3, bias=False).parameters())) == 4


def test_dropout_forgets_in_training_only():
    torch.manual_seed(0)
    layer, x = MultiHeadAttention(8, 2, dropout=0.5), torch.randn(1, 6, 8)
    for need_weights in (True, False):
        first, second = (layer.train()(x, need_weights=need_weights)[0] for _ in range(2))
        assert not torch.allclose(first, second)
        first, second = (layer.eval()(x, need_weights=need_weights)[0] for _ in range(2))
        assert torch.equal(first, second)
    weights = layer.train()(x, need_weights=True)[1]
    assert torch.allclose(weights.sum(-1), torch.ones(1, 2, 6))


def test_heads_must_divide_the_width():
    with pytest.raises(CourseError, match="D=10 is not a multiple of the number of heads h=4"):
        MultiHeadAttention(10, 4)


@pytest.mark.parametrize("need_weights", [True, False])
def test_a_mask_of_numbers_is_refused(need_weights):
    with pytest.raises(CourseError, match="want bool, True where a query may look"):
        MultiHeadAttention(8, 2)(
            torch.ones(1, 3, 8), mask=torch.ones(3, 3), need_weights=need_weights
        )
