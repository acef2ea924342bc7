"""Regions of pictures: anchors, how to cut regions out, which to keep, which to learn from."""

import torch
from torch import Tensor, nn

from dlcourse.boxes import Detections, box_iou, nms
from dlcourse.models.layers import convolution


def anchors(
    height: int,
    width: int,
    stride: int,
    sizes: tuple[float, ...],
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0),
) -> Tensor:
    """Return the same few boxes around the centre of every cell, (height * width * A, 4) in pixels.

    `height` and `width` count cells of `stride` pixels. The A = len(sizes) * len(ratios) shapes
    have the area size² and the form height / width = ratio; shapes change fastest, then columns.
    Ren et al. 2015, section 3.1.1. Shown in: 03_cnn/04_detection.
    """
    size, ratio = torch.tensor(sizes), torch.tensor(ratios).sqrt()
    width_height = (size[:, None] / ratio).flatten(), (size[:, None] * ratio).flatten()
    half = torch.stack(width_height, dim=-1) / 2  # (A, 2)
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    centre = (torch.stack([x, y], dim=-1).reshape(-1, 1, 2) + 0.5) * stride  # (cells, 1, 2)
    return torch.cat([centre - half, centre + half], dim=-1).reshape(-1, 4)


def roi_align(
    maps: Tensor, boxes: Tensor, size: int, stride: float = 1, samples: int = 2
) -> Tensor:
    """Cut R boxes out of each of B maps, each resized to size x size: (B, R, C, size, size).

    `maps` (B, C, H, W) has one cell for `stride` pixels, `boxes` (B, R, 4) are in pixels. Each
    output is the mean of samples x samples points, read from the map by bilinear interpolation;
    outside it the border goes on. Interpolation is separable, so two products with tent weights do
    all of it. He et al. 2017 (Mask R-CNN), section 3. Shown in: 03_cnn/04_detection.
    """

    def weights(low: Tensor, high: Tensor, cells: int) -> Tensor:
        step = (torch.arange(size * samples).to(low) + 0.5) / (size * samples)
        at = (low[..., None] + (high - low)[..., None] * step) / stride - 0.5  # in cells
        away = at.clamp(0, cells - 1)[..., None] - torch.arange(cells).to(at)
        tent = (1 - away.abs()).clamp(min=0)  # (B, R, size * samples, cells)
        return tent.unflatten(2, (size, samples)).mean(3)  # (B, R, size, cells)

    _, _, H, W = maps.shape
    left, top, right, bottom = boxes.unbind(-1)
    columns = torch.einsum("bchw,brjw->brchj", maps, weights(left, right, W))
    return torch.einsum("brih,brchj->brcij", weights(top, bottom, H), columns).contiguous()


def select(
    boxes: Tensor,
    probabilities: Tensor,
    threshold: float = 0.05,
    overlap: float = 0.5,
    candidates: int = 50,
) -> list[Detections]:
    """Turn scored boxes into detections: per class the best ones, `nms`, then a threshold.

    `boxes` (B, N, 1 or classes, 4), `probabilities` (B, N, classes + 1), the last for background.
    """
    B, N, _ = probabilities.shape
    scores = probabilities[..., :-1].transpose(1, 2)  # (B, classes, N)
    boxes = boxes.expand(B, N, scores.shape[1], 4).transpose(1, 2)  # (B, classes, N, 4)
    scores, best = scores.topk(min(candidates, N), dim=-1)
    boxes = boxes.gather(2, best[..., None].expand(*best.shape, 4))
    keep = nms(boxes, scores, overlap) & (scores > threshold)
    return [(boxes[i][keep[i]], scores[i][keep[i]], keep[i].nonzero()[:, 0]) for i in range(B)]


def assign(boxes: Tensor, truth: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Find for each box the true box it overlaps most: its index, the IoU, and "the best there is".

    `boxes` (B, N, 4), `truth` (B, M, 4), `labels` (B, M) with -1 for none; results (B, N). The
    last, bool, marks boxes that no other box beats for some true box.
    """
    iou = box_iou(boxes, truth).masked_fill((labels < 0)[:, None], 0)  # (B, N, M)
    overlap, index = iou.max(dim=2)
    best = ((iou == iou.amax(dim=1, keepdim=True)) & (iou > 0)).any(dim=2)
    return index, overlap, best


def sample(positive: Tensor, negative: Tensor, count: int, share: float) -> tuple[Tensor, Tensor]:
    """Keep at random at most `count` of each row (B, N), at most `share` of them positive."""

    def some(mask: Tensor, most: Tensor | int) -> Tensor:
        rank = (torch.rand(mask.shape, device=mask.device) - mask.float()).argsort(-1).argsort(-1)
        return mask & (rank < most)

    positive = some(positive, int(count * share))
    return positive, some(negative, count - positive.sum(1, keepdim=True))


def rows(values: Tensor, index: Tensor) -> Tensor:
    """Take rows of (B, M, K) by (B, N): (B, N, K)."""
    return values.gather(1, index[..., None].expand(*index.shape, values.shape[-1]))


def backbone(channels: int, width: int) -> nn.Sequential:
    """Five convolutions from pictures (B, channels, H, W) to features (B, width, H / 8, W / 8)."""
    return nn.Sequential(
        convolution(channels, width // 4, stride=2),
        convolution(width // 4, width // 2, stride=2),
        convolution(width // 2, width),
        convolution(width, width, stride=2),
        convolution(width, width),
    )
