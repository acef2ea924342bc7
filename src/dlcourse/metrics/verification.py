"""Verification: are these two pictures of one person? Scored as on Labeled Faces in the Wild."""

import math

import torch
from torch import Tensor


def verify(score: Tensor, same: Tensor, folds: Tensor) -> tuple[float, float]:
    """Return the accuracy of a threshold that other pairs chose, and its standard error.

    For each of the F folds (integers from 0, one a pair): the threshold that is right most often on
    the other folds judges this one's pairs, "the same" where score > threshold. Huang et al. 2007,
    section 5: the mean over the folds, and their deviation over sqrt(F). `score` (N,) is a
    similarity, `same` (N,) bool. Shown in: 03_cnn/07_faces.

    >>> scores, same = torch.tensor([0.9, 0.1, 0.8, 0.2]), torch.tensor([True, False] * 2)
    >>> verify(scores, same, torch.tensor([0, 0, 1, 1]))
    (1.0, 0.0)
    """
    accuracy = []
    for fold in range(int(folds.max()) + 1):
        rest = folds != fold
        threshold = _best_threshold(score[rest], same[rest])
        accuracy.append(((score > threshold) == same)[~rest].double().mean())
    accuracy = torch.stack(accuracy)
    return accuracy.mean().item(), accuracy.std().item() / math.sqrt(len(accuracy))


def _best_threshold(score: Tensor, same: Tensor) -> Tensor:
    order = score.argsort()
    score, same = score[order].double(), same[order].double()
    # With i pairs at or below the threshold: strangers among them are right, and the same above.
    strangers = torch.cat([score.new_zeros(1), (1 - same).cumsum(0)])
    right = strangers + same.sum() - torch.cat([score.new_zeros(1), same.cumsum(0)])
    right[1:-1][score.diff() == 0] = -1  # no threshold lies between equal scores
    i = int(right.argmax())
    edges = torch.cat([score[:1] - 1, score, score[-1:] + 1])
    return (edges[i] + edges[i + 1]) / 2


def roc(score: Tensor, same: Tensor) -> tuple[Tensor, Tensor]:
    """Return false and true accept rates, both rising from 0 to 1, one point a threshold.

    Equal scores share a point. The area under the curve is `torch.trapezoid(true, false)`.
    Shown in: 03_cnn/07_faces.
    """
    order = score.argsort(descending=True)
    score, same = score[order], same[order].double()
    last = torch.cat([score.diff() != 0, torch.ones(1, dtype=torch.bool)])  # of each run of equals
    zero = same.new_zeros(1)
    true = torch.cat([zero, same.cumsum(0)[last] / same.sum()])
    false = torch.cat([zero, (1 - same).cumsum(0)[last] / (1 - same).sum()])
    return false, true
