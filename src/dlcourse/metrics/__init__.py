"""How good is it: numbers for pictures, maps, masks, joints, and answers in words (`squad`).

Each takes tensors and trains nothing.
"""

from dlcourse.metrics import squad
from dlcourse.metrics.detection import (
    average_precision,
    froc,
    gather,
    mean_average_precision,
    precision_recall,
    true_positives,
)
from dlcourse.metrics.pixels import dice, iou, mean_iou, pck, psnr
from dlcourse.metrics.verification import roc, verify

__all__ = [
    "average_precision",
    "dice",
    "froc",
    "gather",
    "iou",
    "mean_average_precision",
    "mean_iou",
    "pck",
    "precision_recall",
    "psnr",
    "roc",
    "squad",
    "true_positives",
    "verify",
]
