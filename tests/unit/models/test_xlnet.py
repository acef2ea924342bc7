"""XLNet: nothing of a predicted word reaches its own prediction; all that came before it does."""

import itertools

import pytest
import torch

from dlcourse.models.transformer.xlnet import RelativeAttention, XLNet, XLNetConfig, look, waves


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    model = XLNet(XLNetConfig(vocabulary=20, D=16, h=2, F=32, layers=3)).eval()
    for parameter in model.parameters():  # large weights: a leak cannot hide in rounding
        torch.nn.init.normal_(parameter, std=0.5)
    return model.double()


def test_look_is_everyone_predicted_before():
    for order in itertools.permutations(range(4)):
        may = look(torch.tensor(order))
        for t, position in enumerate(order):
            assert set(may[position].nonzero().flatten().tolist()) == set(order[:t])


@torch.no_grad()
def test_a_query_moves_with_every_word_before_it_and_with_no_other(model):
    T = 6
    torch.manual_seed(2)
    words = torch.randint(0, 20, (1, T))
    for _ in range(3):
        order = torch.randperm(T)
        everything = torch.arange(T)[None]
        g = model(words, look(order)[None], everything)
        for changed in range(T):
            other = words.clone()
            other[0, changed] = (words[0, changed] + 7) % 20
            moved = (model(other, look(order)[None], everything) - g).abs().amax(dim=-1)[0]
            after = look(order)[:, changed]  # who was predicted after it
            assert (moved[~after] == 0).all()  # itself among them
            assert (moved[after] > 1e-6).all()


def test_gradient_of_a_query_by_its_own_word_is_zero(model):
    order = torch.tensor([3, 0, 4, 1, 2])
    words = torch.arange(5)[None]  # all different: a word's gradient is its position's
    for target in range(5):
        model.zero_grad()
        g = model(words, look(order)[None], torch.tensor([[target]]))
        (g * torch.linspace(-1, 1, g.shape[-1], dtype=g.dtype)).sum().backward()
        size = model.words.weight.grad.norm(dim=1)[:5]
        before = look(order)[target]
        assert (size[~before] == 0).all()
        assert (size[before] > 1e-9).all()
        assert torch.isfinite(model.blank.grad).all()


@torch.no_grad()
def test_content_sees_itself_and_what_came_before(model):
    order = torch.tensor([2, 0, 1])
    words = torch.tensor([[4, 5, 6]])
    h = model(words, look(order)[None])
    moved = (model(torch.tensor([[4, 5, 7]]), look(order)[None]) - h).abs().amax(-1)[0]
    assert (moved > 1e-6).all()  # position 2 comes first: it and all after it
    moved = (model(torch.tensor([[4, 9, 6]]), look(order)[None]) - h).abs().amax(-1)[0]
    assert moved[[0, 2]].max() == 0
    assert moved[1] > 1e-6


@torch.no_grad()
def test_padding_is_not_looked_at(model):
    words = torch.tensor([[4, 5, 6, 0, 0]])
    mask = words > 0
    order = torch.tensor([3, 0, 2, 4, 1])
    for kwargs in ({}, {"look": look(order)[None], "targets": torch.tensor([[1, 2]])}):
        h = model(words, mask=mask, **kwargs)
        other = model(torch.tensor([[4, 5, 6, 9, 9]]), mask=mask, **kwargs)
        rows = slice(None) if kwargs else slice(3)
        assert torch.equal(h[:, rows], other[:, rows])


@torch.no_grad()
def test_targets_are_rows_of_all_queries(model):
    words, order = torch.randint(0, 20, (2, 5)), torch.stack([torch.randperm(5) for _ in range(2)])
    everything = model(words, look(order), torch.arange(5).expand(2, 5))
    targets = torch.tensor([[4, 1], [0, 2]])
    few = model(words, look(order), targets)
    torch.testing.assert_close(few, everything.gather(1, targets[..., None].expand(-1, -1, 16)))
    assert model.logits(few).shape == (2, 2, 20)


@torch.no_grad()
def test_only_distances_count(model):
    """The same words, moved along a text whose other words nobody sees, have the same states."""
    mask = torch.zeros(1, 9, dtype=torch.bool)
    mask[:, 2:5] = True
    words = torch.full((1, 9), 3)
    words[:, 2:5] = torch.tensor([7, 8, 9])
    later, behind = words.roll(3, 1), mask.roll(3, 1)
    here, there = model(words, mask=mask)[:, 2:5], model(later, mask=behind)[:, 5:8]
    torch.testing.assert_close(here, there)


def test_waves_and_bad_sizes():
    r = waves(3, 4)  # distances -2 to 2; frequencies 1 and 0.01
    assert r.shape == (5, 4)
    torch.testing.assert_close(r[2], torch.tensor([0.0, 0.0, 1.0, 1.0]))
    torch.testing.assert_close(
        r[4],
        torch.tensor([2.0, 0.02, 2.0, 0.02]).sin() * torch.tensor([1.0, 1, 0, 0])
        + torch.tensor([2.0, 0.02, 2.0, 0.02]).cos() * torch.tensor([0.0, 0, 1, 1]),
    )
    with pytest.raises(ValueError, match="heads h=3"):
        RelativeAttention(16, 3)
