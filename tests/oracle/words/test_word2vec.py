"""word2vec's loss against loops over numbers, and its gradient against the paper's by hand."""

import math

import numpy as np
import pytest
import torch

from dlcourse.models.words import word2vec


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


@pytest.fixture
def case():
    random = np.random.default_rng(0)
    V, D, B, k = 11, 5, 7, 4
    model = word2vec.SkipGram(torch.ones(V), width=D, negatives=k).double()
    with torch.no_grad():
        for table in (model.words, model.contexts):
            table.weight.copy_(torch.from_numpy(random.normal(size=(V, D))))
    centre, context = random.integers(1, V, B), random.integers(1, V, B)
    return model, centre, context, random.integers(1, V, (B, k))


def ours(model, centre, context, noise):
    return model.loss(model(torch.tensor(centre)), torch.tensor(context), torch.tensor(noise))


def test_loss_is_the_double_sum(case):
    model, centre, context, noise = case
    v, u = (table.weight.detach().numpy() for table in (model.words, model.contexts))
    total = 0.0
    for w, c, drawn in zip(centre, context, noise):
        total -= math.log(sigmoid(sum(a * b for a, b in zip(u[c], v[w]))))
        for n in drawn:
            total -= math.log(sigmoid(-sum(a * b for a, b in zip(u[n], v[w]))))
    assert ours(*case).item() == pytest.approx(total / len(centre), abs=1e-12)


def test_gradient_is_the_one_worked_by_hand(case):
    model, centre, context, noise = case
    ours(*case).backward()
    v, u = (table.weight.detach().numpy() for table in (model.words, model.contexts))
    dv, du = np.zeros_like(v), np.zeros_like(u)
    for w, c, drawn in zip(centre, context, noise):
        for n, label in [(c, 1), *((n, 0) for n in drawn)]:
            error = (sigmoid(u[n] @ v[w]) - label) / len(
                centre
            )  # (sigma - label) times the other vector
            dv[w] += error * u[n]
            du[n] += error * v[w]
    np.testing.assert_allclose(model.words.weight.grad.numpy(), dv, atol=1e-12)
    np.testing.assert_allclose(model.contexts.weight.grad.numpy(), du, atol=1e-12)


def test_analogy_is_a_loop_over_the_vocabulary():
    vectors = np.random.default_rng(1).normal(size=(30, 6))
    unit = [row / math.sqrt(sum(x * x for x in row)) for row in vectors]
    asked = [(3, 9, 4), (1, 2, 5), (29, 28, 7)]
    found, cosine = word2vec.analogy(torch.tensor(vectors), *torch.tensor(asked).T, n=3)
    for row, (a, b, c) in enumerate(asked):
        query = unit[a] - unit[b] + unit[c]
        scores = {
            w: float(query @ unit[w]) / math.sqrt(float(query @ query))
            for w in range(1, 30)
            if w not in (a, b, c)
        }
        best = sorted(scores, key=scores.get, reverse=True)[:3]
        assert found[row].tolist() == best
        np.testing.assert_allclose(cosine[row].numpy(), [scores[w] for w in best], atol=1e-12)
