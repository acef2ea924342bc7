"""How good is it: numbers for pictures, maps, masks and joints. Each takes tensors and trains nothing."""

from dlcourse.metrics.pixels import dice, iou, mean_iou, pck, psnr

__all__ = ["dice", "iou", "mean_iou", "pck", "psnr"]
