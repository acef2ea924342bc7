"""Heat maps against SciPy's normal density, and their points against a sum over pixels."""

import numpy as np
import torch
from scipy.special import softmax
from scipy.stats import multivariate_normal

from dlcourse.models.vision import pose


def test_heatmaps_are_normal_densities_scaled_to_one():
    joints = torch.tensor([[[4.2, 2.9], [0.5, 6.5]]])
    maps = pose.heatmaps(joints, 7, 9, sigma=1.3)[0].numpy()
    rows, columns = np.mgrid[:7, :9] + 0.5
    for drawn, joint in zip(maps, joints[0], strict=True):
        bump = multivariate_normal(joint.numpy(), 1.3**2)
        wanted = bump.pdf(np.stack([columns, rows], axis=-1)) / bump.pdf(joint.numpy())
        assert np.allclose(drawn, wanted, atol=1e-5)


def test_soft_argmax_is_the_mean_over_pixels():
    torch.manual_seed(0)
    logits = torch.randn(2, 3, 5, 8)
    points = pose.soft_argmax(logits).numpy()
    for b, j in np.ndindex(2, 3):
        shares = softmax(logits[b, j].double().numpy())
        x = sum(shares[row, column] * (column + 0.5) for row, column in np.ndindex(5, 8))
        y = sum(shares[row, column] * (row + 0.5) for row, column in np.ndindex(5, 8))
        assert np.allclose(points[b, j], [x, y], atol=1e-5)


def test_the_point_of_a_drawn_bump_is_the_joint():
    joints = torch.tensor([[[8.3, 7.6]]])
    bump = pose.heatmaps(joints, 16, 16, sigma=1.5)
    assert torch.allclose(pose.soft_argmax(bump.clamp(min=1e-30).log()), joints, atol=1e-3)
