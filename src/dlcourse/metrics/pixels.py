"""Numbers for pictures (PSNR), label maps (IoU), masks (Dice) and joints (PCK)."""

import torch
from torch import Tensor

from dlcourse.runtime import CourseError


def psnr(picture: Tensor, truth: Tensor) -> float:
    """Return the peak signal-to-noise ratio of pictures in [0, 1] in decibels, over all values.

    10 log10(1 / mean squared error): 20 dB is an error of a tenth of the range, every factor of ten
    in the squared error is 10 dB, and equal pictures have infinity. Shown in:
    03_cnn/06_pictures_to_pictures.

    >>> round(psnr(torch.full((2, 2), 0.6), torch.full((2, 2), 0.5)), 3)
    20.0
    """
    _same_shape(picture, truth)
    return -10 * (picture.double() - truth.double()).square().mean().log10().item()


def iou(labels: Tensor, truth: Tensor, classes: int) -> Tensor:
    """Return each class's intersection over union (Jaccard 1901) of two integer maps.

    `labels` and `truth` have one shape and values in 0 ... `classes` - 1. The result (classes,) is
    NaN for a class that is in neither. Shown in: 03_cnn/05_segmentation_pose_captions.

    >>> iou(torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 1, 1]), 3)
    tensor([0.5000, 0.6667,    nan])
    """
    _same_shape(labels, truth)
    pairs = torch.bincount(truth.flatten() * classes + labels.flatten(), minlength=classes**2)
    confusion = pairs.reshape(classes, classes).float()  # (truth, labels)
    both = confusion.diagonal()  # (classes,)
    return both / (confusion.sum(0) + confusion.sum(1) - both)


def mean_iou(labels: Tensor, truth: Tensor, classes: int) -> float:
    """Return the mean of `iou` over the classes that are in either map."""
    return iou(labels, truth, classes).nanmean().item()


def dice(mask: Tensor, truth: Tensor) -> float:
    """Return Dice's coefficient (1945) of bool masks: 2 |A and B| / (|A| + |B|), 1 for empty ones.

    It is the F1 score of the pixels. Shown in: 03_cnn/09_medicine.

    >>> dice(torch.tensor([True, True, False]), torch.tensor([True, False, False]))
    0.6666666666666666
    """
    _same_shape(mask, truth)
    total = mask.sum().item() + truth.sum().item()
    return 2 * (mask & truth).sum().item() / total if total else 1.0


def pck(
    joints: Tensor,
    truth: Tensor,
    scale: Tensor,
    threshold: float = 0.1,
    visible: Tensor | None = None,
) -> float:
    """Return the share of joints that lie within `threshold` * `scale` of the truth (PCK@0.1).

    `joints` and `truth` are (B, J, 2) pixels, `scale` (B,) pixels, for instance the longer side of
    the person's box, and `visible` (B, J) bool says which joints count; all by default. Yang and
    Ramanan 2013, section 6. Shown in: 03_cnn/05_segmentation_pose_captions.
    """
    _same_shape(joints, truth)
    near = (joints - truth).norm(dim=-1) <= threshold * scale[:, None]  # (B, J)
    return near[visible if visible is not None else ...].float().mean().item()


def _same_shape(one: Tensor, other: Tensor) -> None:
    if one.shape != other.shape:
        raise CourseError(f"shapes differ: {tuple(one.shape)} and {tuple(other.shape)}")
