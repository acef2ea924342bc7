"""Boxes against plain loops and the papers' definitions, region pooling against grid sampling.

Average precision: against scikit-learn's curve with an envelope and an area of the test's own.
"""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import precision_recall_curve
from torch.nn import functional as F

from dlcourse.boxes import box_iou, decode, encode, nms
from dlcourse.metrics import detection as metrics
from dlcourse.models.vision.regions import roi_align


def random_boxes(*shape, seed=0, side=64):
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(*shape, 2, generator=generator) * side * 0.7
    return torch.cat([corner, corner + 4 + torch.rand(*shape, 2, generator=generator) * 20], dim=-1)


def iou_by_hand(a, b):
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return width * height / (area - width * height)


def test_iou_agrees_with_one_pair_at_a_time():
    one, other = random_boxes(20, seed=1), random_boxes(30, seed=2)
    want = [[iou_by_hand(a, b) for b in other.tolist()] for a in one.tolist()]
    assert np.allclose(box_iou(one, other).numpy(), want, atol=1e-6)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_nms_agrees_with_a_plain_loop(threshold):
    boxes, scores = random_boxes(100, seed=3), torch.rand(100)
    left, kept = sorted(range(100), key=lambda i: -scores[i].item()), []
    while left:
        kept.append(left.pop(0))
        left = [
            i for i in left if iou_by_hand(boxes[kept[-1]].tolist(), boxes[i].tolist()) <= threshold
        ]
    assert nms(boxes, scores, threshold).nonzero().flatten().tolist() == sorted(kept)


def test_coding_agrees_with_the_paper():
    """R-CNN, appendix C, one number at a time."""
    G, P = random_boxes(50, seed=4), random_boxes(50, seed=5)
    for g, p, t, back in zip(
        G.tolist(), P.tolist(), encode(G, P).tolist(), decode(encode(G, P), P), strict=True
    ):
        (G_x, P_x), (G_y, P_y) = ([(box[i] + box[i + 2]) / 2 for box in (g, p)] for i in (0, 1))
        (G_w, P_w), (G_h, P_h) = ([box[i + 2] - box[i] for box in (g, p)] for i in (0, 1))
        want = [(G_x - P_x) / P_w, (G_y - P_y) / P_h, math.log(G_w / P_w), math.log(G_h / P_h)]
        assert t == pytest.approx(want, abs=1e-5)
        assert back.tolist() == pytest.approx(g, abs=1e-4)


@pytest.mark.parametrize(("stride", "size", "samples"), [(1, 5, 1), (4, 4, 2), (8, 3, 3)])
def test_roi_align_agrees_with_grid_sample(stride, size, samples):
    """Also beyond the border, and where a box is smaller than a cell; value and gradient."""
    maps = torch.randn(2, 3, 64 // stride, 48 // stride, dtype=torch.float64, requires_grad=True)
    boxes = random_boxes(2, 9, seed=6).double() * torch.tensor([0.75, 1, 0.75, 1]) - 2
    ours = roi_align(maps, boxes, size, stride, samples)
    want = torch.zeros_like(ours)
    for b, r in np.ndindex(2, 9):
        x0, y0, x1, y1 = boxes[b, r].tolist()
        steps = (torch.arange(size * samples, dtype=torch.float64) + 0.5) / (size * samples)
        x, y = (x0 + (x1 - x0) * steps) / 48 * 2 - 1, (y0 + (y1 - y0) * steps) / 64 * 2 - 1
        grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)[None]
        points = F.grid_sample(maps[b : b + 1], grid, padding_mode="border", align_corners=False)
        want[b, r] = F.avg_pool2d(points, samples)[0]
    assert torch.allclose(ours, want, atol=1e-9)
    weight = torch.randn_like(ours)
    assert torch.allclose(*(torch.autograd.grad((y * weight).sum(), maps)[0] for y in (ours, want)))


def random_detections(seed, pictures=30, classes=3):
    """Some true boxes found loosely, some twice, some missed, some invented; no equal scores."""
    generator = np.random.default_rng(seed)
    detections, truths = [], []
    for picture in range(pictures):
        true = random_boxes(int(generator.integers(0, 6)), seed=1000 * seed + picture)
        labels = torch.tensor(generator.integers(0, classes, len(true)))
        found = torch.tensor(generator.random(len(true)) < 0.8)
        near = (
            torch.cat([true[found], true[found][:1]])
            + torch.tensor(generator.normal(0, 2, 4)).float()
        )
        boxes = torch.cat([near, random_boxes(3, seed=seed + picture)])
        of = torch.cat(
            [labels[found], labels[found][:1], torch.tensor(generator.integers(0, classes, 3))]
        )
        detections.append((boxes, torch.tensor(generator.random(len(boxes))).float(), of))
        truths.append((true, labels))
    return detections, truths


def independent_ap(detections, truths, label, threshold, points):
    """Matching in dictionaries, the curve by scikit-learn, its envelope and area in numpy."""
    ranked = sorted(
        (
            (s, picture, box)
            for picture, found in enumerate(detections)
            for box, s, of in zip(*(part.tolist() for part in found), strict=True)
            if of == label
        ),
        reverse=True,
    )
    truth = {
        (picture, k): box
        for picture, (boxes, labels) in enumerate(truths)
        for k, (box, of) in enumerate(zip(boxes.tolist(), labels.tolist(), strict=True))
        if of == label
    }
    free, right = set(truth), []
    for _, picture, box in ranked:
        overlaps = {key: iou_by_hand(box, true) for key, true in truth.items() if key[0] == picture}
        best = max(overlaps, key=overlaps.get, default=None)
        right.append(best in free and overlaps[best] >= threshold)
        if right[-1]:
            free.remove(best)
    # A miss is to scikit-learn a positive with a score below all others.
    y = [*right, *[True] * len(free)]
    score = [*(s for s, _, _ in ranked), *[-1.0] * len(free)]
    # Its last point, precision 1 at recall 0, is a convention for drawing.
    precision, recall = (part[:-1] for part in precision_recall_curve(y, score)[:2])
    usable = recall <= sum(right) / len(truth) + 1e-12  # never report the misses
    precision, recall = precision[usable], recall[usable]
    best_from = np.vectorize(lambda r: precision[recall >= r - 1e-9].max(initial=0))
    if points == 11:
        return best_from(np.linspace(0, 1, 11)).mean()
    levels = np.unique(np.append(recall, 0))
    return (np.diff(levels) * best_from(levels[1:])).sum()


@pytest.mark.parametrize("points", [11, "all"])
@pytest.mark.parametrize("threshold", [0.5, 0.75])
@pytest.mark.parametrize("seed", range(4))
def test_mean_average_precision_agrees_with_an_independent_one(seed, threshold, points):
    detections, truths = random_detections(seed)
    each = [independent_ap(detections, truths, label, threshold, points) for label in range(3)]
    assert 0 < np.mean(each) < 0.9
    ours = metrics.mean_average_precision(detections, truths, 3, threshold, points)
    assert ours == pytest.approx(np.mean(each), abs=1e-6)
