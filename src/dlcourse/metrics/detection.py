"""Numbers for detectors: what counts as found, precision and recall, average precision, FROC.

A picture's detections are `boxes.Detections`, its truth (boxes (M, 4), labels (M,)).
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from dlcourse.boxes import Detections, box_iou

Truth = tuple[Tensor, Tensor]


def true_positives(boxes: Tensor, scores: Tensor, truth: Tensor, threshold: float = 0.5) -> Tensor:
    """Say which boxes (N, 4) of one picture and class are right, (N,) bool, given truth (M, 4).

    From the best score down, a box is right if the true box that it overlaps most is not taken yet
    and their IoU is at least `threshold`. A second box on the same object is wrong. This is the
    rule of PASCAL VOC (Everingham et al. 2010, section 4.2). Shown in: 03_cnn/04_detection.
    """
    right = torch.zeros(len(boxes), dtype=torch.bool)
    if not len(truth):
        return right
    overlap, nearest = box_iou(boxes, truth).max(dim=1)  # (N,) both
    taken = torch.zeros(len(truth), dtype=torch.bool)
    for i in scores.argsort(descending=True, stable=True):
        right[i] = overlap[i] >= threshold and not taken[nearest[i]]
        taken[nearest[i]] |= right[i]
    return right


def gather(
    detections: Sequence[Detections], truths: Sequence[Truth], label: int, threshold: float = 0.5
) -> tuple[Tensor, Tensor, int]:
    """Pool one class over pictures: scores (K,), right (K,) bool, and the number of true boxes."""
    scores, right, positives = [], [], 0
    for (boxes, score, labels), (true_boxes, true_labels) in zip(detections, truths, strict=True):
        mine, truth = labels == label, true_boxes[true_labels == label]
        scores.append(score[mine])
        right.append(true_positives(boxes[mine], score[mine], truth, threshold))
        positives += len(truth)
    return torch.cat(scores), torch.cat(right), positives


def precision_recall(scores: Tensor, right: Tensor, positives: int) -> tuple[Tensor, Tensor]:
    """Return precision and recall (K,) after each of K detections, from the best score down.

    Precision is the share of what was reported that is right, recall the share of the `positives`
    that was found. Shown in: 03_cnn/04_detection.

    >>> precision_recall(torch.tensor([0.9, 0.5]), torch.tensor([True, False]), 2)
    (tensor([1.0000, 0.5000]), tensor([0.5000, 0.5000]))
    """
    found = right[scores.argsort(descending=True, stable=True)].cumsum(0)
    return found / torch.arange(1, len(found) + 1), found / max(positives, 1)


def average_precision(
    precision: Tensor, recall: Tensor, points: int | Literal["all"] = "all"
) -> float:
    """Return the area under a curve (K,), (K,) whose precision is first made to fall only.

    `points=11` averages at recall 0, 0.1, ..., 1 (VOC 2007); "all" takes the exact area (VOC from
    2010 on). Recall that was never reached counts as precision 0. Shown in: 03_cnn/04_detection.

    >>> p, r = torch.tensor([1.0, 0.5, 2 / 3]), torch.tensor([0.5, 0.5, 1.0])
    >>> round(average_precision(p, r), 4), round(average_precision(p, r, points=11), 4)
    (0.8333, 0.8485)
    """
    if not len(recall):
        return 0.0
    precision, recall = precision.double(), recall.double()
    best = precision.flip(0).cummax(0).values.flip(0)  # to the right of each detection
    if points == "all":
        return (recall.diff(prepend=recall.new_zeros(1)) * best).sum().item()
    levels = torch.arange(points, dtype=torch.float64) / (points - 1)
    first = torch.searchsorted(recall, levels - 1e-6)  # 1e-6: recall is rounded, a level is not
    return torch.cat([best, best.new_zeros(1)])[first].mean().item()


def mean_average_precision(
    detections: Sequence[Detections],
    truths: Sequence[Truth],
    classes: int,
    threshold: float = 0.5,
    points: int | Literal["all"] = "all",
) -> float:
    """Return the mean of average precision over the classes that have a true box.

    NaN if there is no true box at all. Shown in: 03_cnn/04_detection.
    """
    each = []
    for label in range(classes):
        scores, right, positives = gather(detections, truths, label, threshold)
        if positives:
            each.append(average_precision(*precision_recall(scores, right, positives), points))
    return sum(each) / len(each) if each else float("nan")


def froc(scores: Tensor, right: Tensor, positives: int, pictures: int) -> tuple[Tensor, Tensor]:
    """Return the free-response curve: false alarms per picture and sensitivity, (K,) each.

    Both after each of the K detections from the best score down, as `gather` pools them: how
    medicine judges a detector, which may mark any number of places in each picture (Bunch et al.
    1978). Shown in: 03_cnn/09_medicine.
    """
    ranked = right[scores.argsort(descending=True, stable=True)]
    return (~ranked).cumsum(0) / pictures, ranked.cumsum(0) / max(positives, 1)
