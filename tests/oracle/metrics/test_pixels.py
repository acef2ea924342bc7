"""The metrics against scikit-image and scikit-learn, and on numbers worked out by hand."""

import math

import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio
from sklearn.metrics import f1_score, jaccard_score

from dlcourse import metrics


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_psnr_is_scikit_images():
    one, other = random(2, 3, 8, 8), random(2, 3, 8, 8, seed=1)
    theirs = peak_signal_noise_ratio(other.double().numpy(), one.double().numpy(), data_range=1)
    assert metrics.psnr(one, other) == pytest.approx(theirs, abs=1e-9)
    assert metrics.psnr(one, one) == math.inf


def test_iou_is_scikit_learns_jaccard_score():
    labels, truth = ((4 * random(2, 9, 9, seed=seed)).long() for seed in (0, 1))
    theirs = jaccard_score(truth.flatten(), labels.flatten(), average=None)
    assert metrics.iou(labels, truth, 4) == pytest.approx(theirs)
    assert metrics.mean_iou(labels, truth, 4) == pytest.approx(theirs.mean())


def test_a_class_that_is_nowhere_does_not_count():
    assert metrics.mean_iou(torch.tensor([0, 0]), torch.tensor([0, 0]), 5) == 1


def test_dice_is_the_f1_score_of_the_pixels():
    mask, truth = (random(7, 9, seed=seed) > 0.6 for seed in (0, 1))
    theirs = f1_score(truth.flatten(), mask.flatten())
    assert metrics.dice(mask, truth) == pytest.approx(theirs)
    assert metrics.dice(mask & ~mask, truth & ~truth) == 1


def test_pck_counts_joints_near_enough_for_the_size_of_their_person():
    truth = torch.zeros(2, 3, 2)
    joints = torch.tensor([[[3.0, 4], [6, 8], [0, 0]], [[3, 4], [6, 8], [0, 0]]])
    scale = torch.tensor(
        [50.0, 100]
    )  # within 5 pixels of the first person's joints, 10 of the second's
    assert metrics.pck(joints, truth, scale) == pytest.approx(5 / 6)
    assert metrics.pck(joints, truth, scale, threshold=0.04) == pytest.approx(2 / 6)
    visible = torch.tensor([[False, True, False], [False, False, True]])
    assert metrics.pck(joints, truth, scale, visible=visible) == pytest.approx(1 / 2)


@pytest.mark.parametrize("measure", [metrics.psnr, metrics.dice])
def test_shapes_that_would_be_broadcast_are_refused(measure):
    with pytest.raises(ValueError, match="shapes differ"):
        measure(torch.ones(2, 3) > 0, torch.ones(2, 1) > 0)
