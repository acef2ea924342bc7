import pytest
import torch

from dlcourse.models.vision import regions
from dlcourse.models.vision.faster_rcnn import FasterRCNN, FasterRCNNConfig


def targets(*rows):
    """Targets of one picture: XYXY and label."""
    return torch.tensor([rows]).float()


def test_anchors_have_the_area_the_form_and_the_order_they_should():
    grid = regions.anchors(2, 3, 8, sizes=(16.0, 32.0), ratios=(0.5, 2.0)).reshape(2, 3, 4, 4)
    width, height = (grid[..., 2:] - grid[..., :2]).unbind(-1)
    assert torch.allclose(width * height, torch.tensor([256.0, 256, 1024, 1024]).expand(2, 3, 4))
    assert torch.allclose(height / width, torch.tensor([0.5, 2, 0.5, 2]).expand(2, 3, 4))
    centre = (grid[1, 2, :, :2] + grid[1, 2, :, 2:]) / 2
    assert torch.allclose(centre, torch.tensor([20.0, 12.0]).expand(4, 2))  # column 2, row 1


def test_assign_finds_the_nearest_and_the_best_and_ignores_what_is_not_there():
    grid = torch.tensor([[[0.0, 0, 10, 10], [0, 0, 10, 8], [40, 40, 50, 50]]])
    truth, labels = torch.tensor([[[0.0, 0, 10, 9], [40, 40, 50, 50]]]), torch.tensor([[2, -1]])
    index, overlap, best = regions.assign(grid, truth, labels)
    assert index[0, :2].tolist() == [0, 0]
    assert overlap[0].tolist() == pytest.approx([0.9, 8 / 9, 0])
    assert best.tolist() == [[True, False, False]]


def test_sample_keeps_the_counts():
    torch.manual_seed(0)
    positive = torch.rand(4, 200) < torch.tensor([0.5, 0.5, 0.02, 0.0])[:, None]
    chosen, empty = regions.sample(positive, ~positive, count=40, share=0.25)
    assert not (chosen & ~positive).any()
    assert not (empty & positive).any()
    assert chosen.sum(1).tolist() == positive.sum(1).clamp(max=10).tolist()
    assert ((chosen | empty).sum(1) == 40).all()
    assert (regions.sample(positive, ~positive, 40, 0.25)[0] != chosen).any()  # at random


def test_select_suppresses_within_a_class_only_and_never_reports_background():
    boxes = torch.tensor([[[[0.0, 0, 10, 10]], [[1.0, 0, 11, 10]], [[30.0, 30, 40, 40]]]])
    probability = torch.tensor([[[0.6, 0.3, 0.1], [0.5, 0.2, 0.3], [0.0, 0.01, 0.99]]])
    ((found, scores, labels),) = regions.select(boxes, probability, threshold=0.05)
    assert labels.tolist() == [0, 1]
    assert scores.tolist() == pytest.approx([0.6, 0.3])
    assert found.tolist() == [[0, 0, 10, 10], [0, 0, 10, 10]]


@pytest.fixture
def model():
    torch.manual_seed(0)
    return FasterRCNN(FasterRCNNConfig(classes=3, width=16, hidden=16))


@pytest.mark.parametrize(("height", "width"), [(64, 64), (48, 80)])
def test_pictures_of_any_size_give_boxes_within_them(model, height, width):
    images = torch.rand(2, 3, height, width)
    stage = model(images)
    assert stage.features.shape == (2, 16, height // 8, width // 8)
    assert len(stage.anchors) == stage.objectness.shape[1] == height * width // 64 * 9
    found = model.detect(images, threshold=0.0)
    assert len(found) == 2
    for boxes, scores, labels in found:
        assert len(boxes) == len(scores) == len(labels) > 0
        assert (boxes >= 0).all()
        assert (boxes <= torch.tensor([width, height, width, height])).all()
        assert set(labels.tolist()) <= {0, 1, 2}
    assert model.training  # as it was before


def test_the_loss_trains_every_parameter(model):
    truth = targets([8, 8, 30, 30, 1], [40, 20, 60, 60, 0], [0, 0, 0, 0, -1])
    model.loss(model(torch.rand(1, 3, 64, 64)), truth).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    assert all(p.grad.abs().sum() > 0 for name, p in model.named_parameters() if "weight" in name)


def test_a_picture_without_objects_has_a_loss(model):
    empty = targets([0, 0, 0, 0, -1], [0, 0, 0, 0, -1])
    assert model.loss(model(torch.rand(1, 3, 64, 64)), empty).isfinite()


def test_rows_of_no_object_change_nothing(model):
    images, real = torch.rand(1, 3, 64, 64), [8, 8, 30, 30, 1]
    losses = []
    for truth in (targets(real), targets(real, [0, 0, 0, 0, -1])):
        torch.manual_seed(1)  # the sample of anchors
        losses.append(model.loss(model.eval()(images), truth).item())
    assert losses[0] == pytest.approx(losses[1])
