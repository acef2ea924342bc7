"""Verification against scikit-learn's ROC, and against every threshold tried in turn."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.metrics import auc, roc_curve

from dlcourse.metrics.verification import roc, verify


@pytest.fixture(params=[0, 1, 2])
def pairs(request):
    torch.manual_seed(request.param)
    same = torch.rand(300) < 0.5
    score = torch.randn(300) + 1.2 * same
    if request.param == 2:
        score = score.round()  # many equal scores
    return score, same, torch.arange(300) % 10


def test_roc_agrees_with_scikit_learn(pairs):
    score, same, _ = pairs
    false, true = roc(score, same)
    want_false, want_true, _ = roc_curve(same.numpy(), score.numpy(), drop_intermediate=False)
    assert np.allclose(false, want_false)
    assert np.allclose(true, want_true)
    assert torch.trapezoid(true, false).item() == pytest.approx(auc(want_false, want_true))


def test_verify_agrees_with_trying_every_threshold(pairs):
    score, same, folds = pairs
    found = []
    for fold in range(10):
        rest = folds != fold
        levels = sorted({*score[rest].tolist()})
        tries = [levels[0] - 1, *((a + b) / 2 for a, b in pairwise(levels)), levels[-1] + 1]
        rights = [((score[rest] > t) == same[rest]).sum().item() for t in tries]
        threshold = tries[int(np.argmax(rights))]
        found.append(((score[~rest] > threshold) == same[~rest]).double().mean().item())
    mean, error = verify(score, same, folds)
    assert mean == pytest.approx(np.mean(found))
    assert error == pytest.approx(np.std(found, ddof=1) / np.sqrt(10))


def test_scores_that_know_nothing_are_a_coin():
    torch.manual_seed(0)
    same = torch.arange(6000) % 2 == 0
    mean, _ = verify(torch.rand(6000), same, torch.arange(6000) // 600)
    assert 0.46 < mean < 0.54
