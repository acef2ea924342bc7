"""DETR (Carion et al. 2020): detection as the prediction of a set, with one box for each object.

Boxes are (x, y, w, h) here, centre and size as shares of the picture's sides; `targets` makes them
from pixels. What is not an object has the label -1 in a target, and the last class in an answer.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.boxes import Detections, box_iou
from dlcourse.models.mode import evaluating
from dlcourse.models.transformer.transformer import DecoderBlock, EncoderBlock
from dlcourse.models.vision.regions import backbone


@dataclass(frozen=True)
class DETRConfig:
    """A detector for pictures of about 64 pixels; sides must be multiples of 8."""

    classes: int
    channels: int = 3  # of the picture
    features: int = 64  # channels of the backbone's map; 2048 in the paper
    D: int = 96  # numbers a token, a multiple of 4; 256 in the paper
    h: int = 4  # heads of each attention; 8 in the paper
    F: int = 192  # inner width of the feed-forward nets; 2048 in the paper
    encoder: int = 2  # blocks; 6 in the paper
    decoder: int = 2  # blocks; 6 in the paper
    queries: int = 8  # slots, well above the most objects in a picture; 100 in the paper
    no_object: float = 0.1  # what a query without an object counts in the loss, against 1 with one


class Answer(NamedTuple):
    """What the decoder says after each of its L blocks; the last is the answer."""

    logits: Tensor  # (L, B, Q, classes + 1), the last class for no object
    boxes: Tensor  # (L, B, Q, 4) x, y, w, h in [0, 1]
    weights: Tensor | None  # (L, B, h, Q, H / 8 * W / 8): where each query looked, if asked for


def corners(boxes: Tensor) -> Tensor:
    """Turn boxes (..., 4) from centre and size into left, top, right, bottom."""
    centre, size = boxes[..., :2], boxes[..., 2:]
    return torch.cat([centre - size / 2, centre + size / 2], dim=-1)


def targets(boxes: Tensor, labels: Tensor, height: int, width: int) -> Tensor:
    """Return what `DETR.loss` takes, (B, M, 5): x, y, w, h as shares, and the label, -1 for none.

    `boxes` (B, M, 4) are XYXY in pixels of pictures of `height` by `width`, `labels` (B, M).
    """
    low, high = boxes[..., :2], boxes[..., 2:]
    shares = torch.cat([(low + high) / 2, high - low], dim=-1) / boxes.new_tensor(
        [width, height, width, height]
    )
    return torch.cat([shares, labels[..., None]], dim=-1)


def box_cost(boxes: Tensor, truth: Tensor) -> Tensor:
    """Return what each pair costs, (..., Q, 4) and (..., M, 4) to (..., Q, M): 5 L1 + 2 (1 - GIoU).

    Carion et al. 2020, section 3.1 with the weights of appendix A.4; GIoU by Rezatofighi et al.
    2019, which still falls with distance where the IoU is 0 already.
    """
    l1 = (boxes[..., :, None, :] - truth[..., None, :, :]).abs().sum(-1)
    one, other = corners(boxes), corners(truth)
    low = torch.minimum(one[..., :, None, :2], other[..., None, :, :2])
    high = torch.maximum(one[..., :, None, 2:], other[..., None, :, 2:])
    around = (high - low).prod(-1)  # area of the smallest box that holds both
    iou = box_iou(one, other)
    areas = boxes[..., 2:].prod(-1)[..., :, None] + truth[..., 2:].prod(-1)[..., None, :]
    union = areas / (1 + iou)  # as iou = (areas - union) / union
    return 5 * l1 + 2 * (2 - iou - union / around.clamp(min=1e-9))


def match(cost: Tensor, real: Tensor) -> Tensor:
    """Give each object a query of its own so that the sum of costs is least: (B, M) int64.

    `cost` (B, Q, M), `real` (B, M) bool marks true objects, at most Q of them in a picture; where
    there is none the result is -1. Kuhn 1955, the Hungarian algorithm, by SciPy. Shown in:
    06_transformer/06_transformers_that_see.

    >>> match(torch.tensor([[[1.0, 2.0], [3.0, 9.0]]]), torch.ones(1, 2, dtype=torch.bool))
    tensor([[1, 0]])
    """
    index = torch.full(real.shape, -1)
    for b, table in enumerate(cost.detach().cpu().double().numpy()):
        there = real[b].cpu().nonzero()[:, 0]
        query, column = linear_sum_assignment(table[:, there.numpy()])
        index[b, there[column]] = torch.from_numpy(query)
    return index.to(cost.device)


def waves(height: int, width: int, D: int) -> Tensor:
    """Return sines and cosines of row and column, (height * width, D): half of D for each.

    Appendix A.4 of the paper; wavelengths go from 2 pi to 40 cells, as our maps have few cells.
    """
    rate = 40 ** (-torch.arange(D // 4) / (D // 4))
    each = [(torch.arange(n)[:, None] + 0.5) * rate for n in (height, width)]
    row, column = (torch.cat([angle.sin(), angle.cos()], dim=-1) for angle in each)  # (n, D / 2)
    grid = torch.cat(
        [row[:, None].expand(-1, width, -1), column[None].expand(height, -1, -1)], dim=-1
    )
    return grid.flatten(0, 1)


class DETR(nn.Module):
    """Answer a picture with a set of Q boxes and classes, most of them "no object", without NMS.

    A CNN makes tokens of the picture, an encoder lets them look at each other; Q learned queries
    look at them and at each other in a decoder, and each answers a class and a box. `loss(answer,
    targets)` first matches answers to objects; `train.fit` takes `loss_fn=model.loss`. Pictures are
    (B, C, H, W) in [0, 1]. Positions are added where tokens enter (the paper adds them again in
    each attention, and finds 39.2 AP for this form, 40.6 for its own: table 3); blocks are
    pre-norm, which learns sooner. Shown in: 06_transformer/06_transformers_that_see.
    """

    weight: Tensor

    def __init__(self, config: DETRConfig) -> None:
        super().__init__()
        self.config = config
        D, h, width = config.D, config.h, config.F
        self.backbone = backbone(config.channels, config.features)
        self.project = nn.Conv2d(config.features, D, 1)
        self.encoder = nn.ModuleList(
            EncoderBlock(D, h, width, norm="pre") for _ in range(config.encoder)
        )
        self.encoder_norm = nn.LayerNorm(D)
        self.queries = nn.Parameter(torch.randn(config.queries, D))
        self.decoder = nn.ModuleList(
            DecoderBlock(D, h, width, norm="pre") for _ in range(config.decoder)
        )
        self.decoder_norm = nn.LayerNorm(D)
        self.label = nn.Linear(D, config.classes + 1)
        self.box = nn.Sequential(
            nn.Linear(D, D), nn.ReLU(), nn.Linear(D, D), nn.ReLU(), nn.Linear(D, 4)
        )
        weight = torch.ones(config.classes + 1)
        weight[-1] = config.no_object
        self.register_buffer("weight", weight, persistent=False)

    def encode(self, images: Tensor) -> Tensor:
        """Return the picture as tokens that have looked at each other, (B, H / 8 * W / 8, D)."""
        x = self.project(self.backbone(images))  # (B, D, H / 8, W / 8)
        _, D, H, W = x.shape
        where = waves(H, W, D).to(x)
        x = x.flatten(2).transpose(1, 2) + where
        for block in self.encoder:
            x, _ = block(x)
        return self.encoder_norm(x)

    def forward(self, images: Tensor, *, need_weights: bool = False) -> Answer:
        memory = self.encode(images)
        x = self.queries.expand(len(images), -1, -1)  # (B, Q, D)
        states, weights = [], []
        for block in self.decoder:
            x, seen = block(x, memory, need_weights=need_weights)
            states.append(self.decoder_norm(x))
            weights.append(seen)
        state = torch.stack(states)  # (L, B, Q, D)
        looked = torch.stack(weights) if need_weights else None
        return Answer(self.label(state), self.box(state).sigmoid(), looked)

    def loss(self, answer: Answer, targets: Tensor) -> Tensor:
        """Return the loss of matched answers, the mean over the decoder's blocks.

        Cross entropy of all queries, and `box_cost` of those that were given an object, for each
        object. `targets` (B, M, 5) as `targets` makes them; their order does not matter. Equations
        1 and 2.
        """
        truth, labels = targets[..., :4], targets[..., 4].long()  # (B, M, 4), (B, M)
        real = labels >= 0
        total = answer.logits.new_zeros(())
        for logits, boxes in zip(answer.logits, answer.boxes, strict=True):
            cost = box_cost(boxes, truth)  # (B, Q, M)
            column = labels.clamp(min=0)[:, None].expand(cost.shape)
            query = match(cost - logits.softmax(-1).gather(2, column), real)  # (B, M)
            wanted = torch.full(logits.shape[:2], self.config.classes, device=logits.device)
            b, m = real.nonzero(as_tuple=True)
            wanted[b, query[b, m]] = labels[b, m]
            name = F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), self.weight)
            total = total + name + cost[b, query[b, m], m].sum() / real.sum().clamp(min=1)
        return total / len(answer.logits)

    @torch.no_grad()
    def detect(self, images: Tensor, threshold: float = 0.05) -> list[Detections]:
        """Return each picture's boxes (N, 4) XYXY in pixels, scores (N,), labels (N,), N at most Q.

        A query reports its best class that is not "no object", if that is more probable than
        `threshold`. Nothing is suppressed afterwards.
        """
        with evaluating(self):
            answer = self(images)
        scores, labels = answer.logits[-1].softmax(-1)[..., :-1].max(-1)  # (B, Q)
        sides = images.new_tensor([images.shape[3], images.shape[2]] * 2)
        boxes = corners(answer.boxes[-1]).clamp(0, 1) * sides
        keep = scores > threshold
        return [
            (boxes[i][keep[i]], scores[i][keep[i]], labels[i][keep[i]]) for i in range(len(images))
        ]
