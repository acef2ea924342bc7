"""DETR's matching and loss against transformers', which are those of the paper's authors."""

import pytest
import torch

from dlcourse.models.vision import detr


@pytest.fixture
def case():
    """Random answers of two blocks to five pictures of 0 to 3 objects."""
    generator = torch.Generator().manual_seed(3)
    logits = 2 * torch.randn(2, 5, 6, 5, generator=generator)  # (L, B, Q, classes + 1)
    boxes = 0.1 + 0.5 * torch.rand(2, 5, 6, 4, generator=generator)
    truth = 0.1 + 0.5 * torch.rand(5, 3, 4, generator=generator)
    labels = torch.tensor([[0, 3, 1], [2, -1, -1], [-1, -1, -1], [-1, 1, 1], [3, -1, 0]])
    return detr.Answer(logits, boxes, None), torch.cat([truth, labels[..., None]], dim=-1)


def test_loss_and_gradient_equal_transformers(case, torchvision):
    from transformers.loss.loss_for_object_detection import HungarianMatcher, ImageLoss

    answer, targets = case
    ours, theirs = ([part.clone().requires_grad_() for part in answer[:2]] for _ in range(2))
    model = detr.DETR(detr.DETRConfig(classes=4, D=8, h=2, F=8, queries=6))
    loss = model.loss(detr.Answer(*ours, None), targets)
    criterion = ImageLoss(HungarianMatcher(1, 5, 2), 4, 0.1, ["labels", "boxes"])
    pictures = [
        {"class_labels": rows[rows[:, 4] >= 0][:, 4].long(), "boxes": rows[rows[:, 4] >= 0][:, :4]}
        for rows in targets
    ]
    want = 0
    for logits, boxes in zip(*theirs, strict=True):
        parts = criterion({"logits": logits, "pred_boxes": boxes}, pictures)
        want = want + parts["loss_ce"] + 5 * parts["loss_bbox"] + 2 * parts["loss_giou"]
    assert loss.item() == pytest.approx(want.item() / 2, rel=1e-5)
    loss.backward()
    (want / 2).backward()
    for mine, other in zip(ours, theirs, strict=True):
        assert torch.allclose(mine.grad, other.grad, atol=1e-5)


def test_box_cost_equals_torchvision(case, torchvision):
    from torchvision.ops import boxes as ops

    answer, targets = case
    boxes, truth = answer.boxes[0, 0].double(), targets[0, :, :4].double()
    giou = ops.generalized_box_iou(detr.corners(boxes), detr.corners(truth))
    want = 5 * torch.cdist(boxes, truth, p=1) + 2 * (1 - giou)
    assert torch.allclose(detr.box_cost(boxes, truth), want, atol=1e-6)
