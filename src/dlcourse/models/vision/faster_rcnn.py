"""Faster R-CNN (Ren et al. 2015): one map, a net that proposes regions, a head that names them."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.boxes import Detections, clip, decode, encode, nms
from dlcourse.models.mode import evaluating
from dlcourse.models.vision.regions import (
    anchors,
    assign,
    backbone,
    roi_align,
    rows,
    sample,
    select,
)


@dataclass(frozen=True)
class FasterRCNNConfig:
    """A detector for pictures of about 64 pixels; sides must be multiples of 8."""

    classes: int
    channels: int = 3  # of the picture
    width: int = 48  # channels of the feature map
    sizes: tuple[float, ...] = (12.0, 20.0, 32.0)  # of the anchors, pixels
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0)  # height / width of the anchors
    proposals: int = 24  # boxes that the first stage hands over; 300 in the paper
    region: int = 4  # a region is pooled to region x region; 7 in the paper
    hidden: int = 128  # of the head; 4096 in the paper


class Stage(NamedTuple):
    """What the first stage hands over."""

    features: Tensor  # (B, D, H / 8, W / 8)
    anchors: Tensor  # (N, 4)
    objectness: Tensor  # (B, N) logits
    t: Tensor  # (B, N, 4)
    proposals: Tensor  # (B, P, 4), best first, constants


class RegionProposalNetwork(nn.Module):
    """Score every anchor as object or not, and say how to move it.

    Features (B, D, H, W) to logits (B, H * W * A) and t (B, H * W * A, 4), in the order of
    `anchors`. Shown in: 03_cnn/04_detection.
    """

    def __init__(self, width: int, shapes: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.objectness = nn.Conv2d(width, shapes, 1)
        self.t = nn.Conv2d(width, 4 * shapes, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.conv(features))
        logits = self.objectness(x).permute(0, 2, 3, 1).flatten(1)  # (B, N)
        t = self.t(x).permute(0, 2, 3, 1)  # (B, H, W, A * 4)
        return logits, t.reshape(len(x), -1, 4)


class FasterRCNN(nn.Module):
    """Detect objects in two stages that share one feature map.

    `forward(images)`, (B, C, H, W) in [0, 1], runs the first stage; `loss(stage, targets)` both,
    with targets (B, M, 5), XYXY and the label, -1 for no object; so `train.fit` takes
    `loss_fn=model.loss`. `detect(images)` returns detections. Both stages learn at once
    ("approximate joint training" of the paper's section 3.2). Shown in: 03_cnn/04_detection.
    """

    stride = 8
    unit: Tensor

    def __init__(self, config: FasterRCNNConfig) -> None:
        super().__init__()
        self.config = config
        D, C = config.width, config.classes
        self.backbone = backbone(config.channels, D)
        self.rpn = RegionProposalNetwork(D, len(config.sizes) * len(config.ratios))
        self.hidden = nn.Linear(D * config.region**2, config.hidden)
        self.label = nn.Linear(config.hidden, C + 1)  # the last class is background
        self.t = nn.Linear(config.hidden, 4 * C)
        # A head's t is about a tenth of an anchor: in this unit it is about 1 (Girshick 2015,
        # section 2.3).
        self.register_buffer("unit", torch.tensor([0.1, 0.1, 0.2, 0.2]), persistent=False)

    def forward(self, images: Tensor, proposals: int | None = None) -> Stage:
        count = proposals or self.config.proposals
        _, _, height, width = images.shape
        features = self.backbone(images)  # (B, D, H / 8, W / 8)
        H, W = features.shape[2:]
        grid = anchors(H, W, self.stride, self.config.sizes, self.config.ratios).to(images)
        objectness, t = self.rpn(features)
        with torch.no_grad():
            best = objectness.topk(min(4 * count, len(grid)), dim=1)
            boxes = clip(decode(rows(t, best.indices), grid[best.indices]), height, width)
            keep = nms(boxes, best.values, 0.7)
            order = best.values.masked_fill(~keep, -torch.inf).topk(count, dim=1)
        return Stage(features, grid, objectness, t, rows(boxes, order.indices))

    def head(self, features: Tensor, regions: Tensor) -> tuple[Tensor, Tensor]:
        """Return class logits (B, R, classes + 1) and t (B, R, classes, 4) of regions (B, R, 4)."""
        x = roi_align(features, regions, self.config.region, self.stride).flatten(2)
        x = F.relu(self.hidden(x))  # (B, R, hidden)
        return self.label(x), self.t(x).unflatten(2, (-1, 4)) * self.unit

    def loss(self, stage: Stage, targets: Tensor) -> Tensor:
        """Return the sum of four losses: object or not and t of anchors, class and t of regions."""
        truth, labels = targets[..., :4], targets[..., 4].long()
        return self._loss_of_anchors(stage, truth, labels) + self._loss_of_regions(
            stage, truth, labels
        )

    def _loss_of_anchors(self, stage: Stage, truth: Tensor, labels: Tensor) -> Tensor:
        grid = stage.anchors.expand(len(truth), -1, -1)  # (B, N, 4)
        index, overlap, best = assign(grid, truth, labels)
        positive, negative = sample((overlap >= 0.7) | best, (overlap < 0.3) & ~best, 64, 0.5)
        chosen = positive | negative
        object_or_not = F.binary_cross_entropy_with_logits(
            stage.objectness[chosen], positive[chosen].float()
        )
        want = encode(rows(truth, index)[positive], grid[positive])
        move = F.smooth_l1_loss(stage.t[positive], want, reduction="sum", beta=1 / 9)
        return object_or_not + move / chosen.sum()

    def _loss_of_regions(self, stage: Stage, truth: Tensor, labels: Tensor) -> Tensor:
        # The paper samples 128 of 2000 regions; ours are few enough to take all, and the true
        # boxes.
        regions = torch.cat([stage.proposals, truth], dim=1)  # (B, P + M, 4)
        logits, t = self.head(stage.features, regions)
        index, overlap, _ = assign(regions, truth, labels)
        positive = overlap >= 0.5
        label = labels.gather(1, index).where(positive, self.config.classes)  # (B, P + M)
        real = torch.cat([torch.ones_like(stage.proposals[..., 0]), labels + 1], dim=1) > 0
        name = F.cross_entropy(logits[real], label[real])
        want = encode(rows(truth, index)[positive], regions[positive])
        got = t[positive, label[positive]]
        move = F.smooth_l1_loss(got / self.unit, want / self.unit, reduction="sum")
        return name + move / real.sum()

    @torch.no_grad()
    def detect(
        self,
        images: Tensor,
        threshold: float = 0.05,
        overlap: float = 0.3,
        proposals: int | None = None,
    ) -> list[Detections]:
        """Return each picture's boxes (N, 4), scores (N,) and labels (N,).

        A picture much larger than those of the training needs more `proposals` than the config
        says.
        """
        with evaluating(self):
            stage = self(images, proposals)
            logits, t = self.head(stage.features, stage.proposals)
        boxes = clip(decode(t, stage.proposals[:, :, None]), *images.shape[2:])
        return select(boxes, logits.softmax(-1), threshold, overlap)
