"""How good is it: numbers for pictures, maps, masks and joints.

Each takes tensors and trains nothing.
"""

from dlcourse.metrics.detection import (
    average_precision,
    froc,
    gather,
    match,
    mean_average_precision,
    precision_recall,
)
from dlcourse.metrics.pixels import dice, iou, mean_iou, pck, psnr
from dlcourse.metrics.verification import roc, verify

__all__ = [
    "average_precision",
    "dice",
    "froc",
    "gather",
    "iou",
    "match",
    "mean_average_precision",
    "mean_iou",
    "pck",
    "precision_recall",
    "psnr",
    "roc",
    "verify",
]
