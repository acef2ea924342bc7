"""Boxes (..., N, 4) as XYXY pixels: how two overlap, how to code one by another, which to keep.

Models that find boxes and metrics that judge them both stand on this.
"""

import math

import torch
from torch import Tensor

# What was found in one picture: boxes (N, 4), scores (N,), labels (N,).
Detections = tuple[Tensor, Tensor, Tensor]
# A decoded side is at most 62.5 times its anchor's: exp stays finite.
MOST_GROWTH = math.log(1000 / 16)


def box_iou(one: Tensor, other: Tensor) -> Tensor:
    """Return the intersection over union of every pair: (..., N, 4), (..., M, 4) give (..., N, M).

    A box without area overlaps nothing. Shown in: 03_cnn/04_detection.

    >>> box_iou(torch.tensor([[0.0, 0.0, 2.0, 2.0]]), torch.tensor([[1.0, 0.0, 3.0, 2.0]]))
    tensor([[0.3333]])
    """
    left_top = torch.maximum(one[..., :, None, :2], other[..., None, :, :2])  # (..., N, M, 2)
    right_bottom = torch.minimum(one[..., :, None, 2:], other[..., None, :, 2:])  # (..., N, M, 2)
    both = (right_bottom - left_top).clamp(min=0).prod(-1)  # (..., N, M)
    areas = [(boxes[..., 2:] - boxes[..., :2]).prod(-1) for boxes in (one, other)]
    either = areas[0][..., :, None] + areas[1][..., None, :] - both
    return both / either.clamp(min=1e-9)


def nms(boxes: Tensor, scores: Tensor, threshold: float = 0.5) -> Tensor:
    """Say which boxes to keep: from the best score down, drop what overlaps a kept box too much.

    `boxes` (..., N, 4) and `scores` (..., N) give (..., N) bool; leading dimensions (pictures,
    classes) are independent. A box is dropped that has an IoU above `threshold` with a kept box of
    a higher score. Shown in: 03_cnn/04_detection.
    """
    order = scores.argsort(dim=-1, descending=True, stable=True)
    ranked = boxes.gather(-2, order[..., None].expand_as(boxes))
    clash = (box_iou(ranked, ranked) > threshold).triu(1)  # (..., N, N): row drops column
    keep = torch.ones_like(order, dtype=torch.bool)
    for rank in range(order.shape[-1]):  # one step does all leading dimensions
        keep &= ~(clash[..., rank, :] & keep[..., rank, None])
    return torch.zeros_like(keep).scatter(-1, order, keep)


def encode(boxes: Tensor, anchors: Tensor) -> Tensor:
    """Code each box by its anchor, (..., 4) both, as (..., 4) numbers t_x, t_y, t_w, t_h.

    t_x = (x - x_a) / w_a, t_w = log(w / w_a), likewise y and h, with x, y the centres. Girshick et
    al. 2014 (R-CNN), appendix C; Ren et al. 2015, equation 2. Shown in: 03_cnn/04_detection.
    """
    size, size_a = boxes[..., 2:] - boxes[..., :2], anchors[..., 2:] - anchors[..., :2]
    centre, centre_a = ((each[..., 2:] + each[..., :2]) / 2 for each in (boxes, anchors))
    return torch.cat([(centre - centre_a) / size_a, (size / size_a).log()], dim=-1)


def decode(t: Tensor, anchors: Tensor) -> Tensor:
    """Undo `encode`: x = t_x w_a + x_a, w = w_a exp(t_w). Shown in: 03_cnn/04_detection."""
    size_a = anchors[..., 2:] - anchors[..., :2]
    centre = t[..., :2] * size_a + (anchors[..., 2:] + anchors[..., :2]) / 2
    size = size_a * t[..., 2:].clamp(max=MOST_GROWTH).exp()
    return torch.cat([centre - size / 2, centre + size / 2], dim=-1)


def clip(boxes: Tensor, height: int, width: int) -> Tensor:
    """Cut boxes (..., 4) at the border of a picture of `height` by `width` pixels."""
    return torch.stack([boxes[..., i].clamp(0, (width, height)[i % 2]) for i in range(4)], dim=-1)
