import math

import pytest
import torch
from torch.nn import functional as F

from dlcourse.models.words import word2vec
from dlcourse.runtime import CourseError

# fill, king, man, woman, queen, apple: a parallelogram and something far away
SQUARE = torch.tensor([[9.0, 9, 9], [2, 1, 0], [1, 1, 0], [1, 2, 0], [2, 2, 0], [0, 0, 5]])
tensor = torch.tensor


def test_pairs_of_a_window_of_one_are_the_neighbours():
    centre, context = word2vec.pairs(tensor([[3, 5, 7, 0], [4, 0, 0, 0]]), window=1)
    assert sorted(zip(centre.tolist(), context.tolist())) == [(3, 5), (5, 3), (5, 7), (7, 5)]


def test_pairs_draw_the_window_anew_for_each_centre():
    words = tensor([[1, 2, 3, 4, 5, 6, 7]]).repeat(3000, 1)
    centre, context = word2vec.pairs(words, window=3, seed=1)
    far = {
        d: ((centre == 4) & (context == 4 + d)).sum().item() / 3000 for d in (-3, -2, -1, 1, 2, 3)
    }
    for distance, share in far.items():
        assert share == pytest.approx((4 - abs(distance)) / 3, abs=0.04)
    assert not ((centre - context).abs() > 3).any()
    again = word2vec.pairs(words, window=3, seed=1)
    assert torch.equal(centre, again[0])
    assert len(word2vec.pairs(words, window=3, seed=2)[0]) != len(centre)


def test_a_centre_looks_as_far_left_as_right():
    centre, context = word2vec.pairs(torch.arange(1, 101)[None], window=5)
    reaches = set()
    for word in range(6, 96):
        away = sorted((context[centre == word] - word).tolist())
        reach = max(away)
        assert away == [d for d in range(-reach, reach + 1) if d]
        reaches.add(reach)
    assert reaches == {1, 2, 3, 4, 5}


def test_pairs_of_nothing_and_of_no_window():
    assert [len(part) for part in word2vec.pairs(torch.zeros(4, 6, dtype=torch.long), 5)] == [0, 0]
    assert [len(part) for part in word2vec.pairs(tensor([[7]]), 5)] == [0, 0]
    with pytest.raises(CourseError, match="at least one neighbour"):
        word2vec.pairs(tensor([[1, 2]]), 0)


def test_noise_lifts_the_rare_and_never_draws_the_fill():
    shares = word2vec.noise_shares(tensor([1000, 16, 81]))
    assert shares.tolist() == pytest.approx([0, 8 / 35, 27 / 35])
    model = word2vec.SkipGram(tensor([1000, 16, 81]), width=4)
    assert torch.equal(model.noise, shares)


def test_the_loss_starts_at_its_known_value_and_trains_both_tables():
    torch.manual_seed(0)
    model = word2vec.SkipGram(torch.ones(6), width=4, negatives=5)
    loss = model.loss(model(tensor([1, 2])), tensor([3, 4]))
    assert loss.item() == pytest.approx(6 * math.log(2))  # contexts begin at 0
    torch.nn.init.normal_(model.contexts.weight)
    model.loss(model(tensor([1, 2])), tensor([3, 4])).backward()
    assert model.words.weight.grad[1:3].abs().min() > 0
    assert model.words.weight.grad[[0, 3, 4, 5]].abs().max() == 0
    assert model.contexts.weight.grad.abs().sum() > 0


def test_analogy_finds_the_fourth_corner_and_skips_the_three():
    ask = [tensor(n) for n in ([1], [2], [3])]
    unit = F.normalize(SQUARE, dim=1)
    found, cosine = word2vec.analogy(SQUARE, *ask, n=2)
    assert found[0].tolist() == [4, 5]
    want = F.cosine_similarity(unit[1] - unit[2] + unit[3], unit[4], dim=0)
    assert cosine[0, 0] == pytest.approx(want.item(), abs=1e-6)
    three, _ = word2vec.analogy(SQUARE, *ask, n=4, exclude=False)
    assert set(three[0].tolist()) == {1, 2, 3, 4}
    scaled, _ = word2vec.analogy(SQUARE * tensor([[1.0], [3], [5], [7], [2], [9]]), *ask, n=2)
    assert scaled[0, 0] == 4  # lengths do not count


def test_nearest_is_by_cosine_and_never_the_fill():
    found, cosine = word2vec.nearest(SQUARE, tensor([[9.0, 9, 9], [4.0, 2, 0]]), n=2)
    assert found.shape == cosine.shape == (2, 2)
    assert found[1, 0] == 1
    assert cosine[1, 0] == pytest.approx(1)
    assert 0 not in found
    other, _ = word2vec.nearest(SQUARE, tensor([[4.0, 2, 0]]), 1, exclude=tensor([[1]]))
    assert other.item() == 4
