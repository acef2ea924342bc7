"""DETR: matching by brute force, a loss that knows no order, boxes of one query each."""

from itertools import permutations

import pytest
import torch

from dlcourse import boxes as geometry
from dlcourse.data import scenes
from dlcourse.models.vision import detr

SMALL = detr.DETRConfig(classes=3, features=16, D=16, h=2, F=16, encoder=1, decoder=2, queries=5)


def random_targets(B=4, M=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    truth = 0.2 + 0.4 * torch.rand(B, M, 4, generator=generator)
    labels = torch.randint(-1, 3, (B, M), generator=generator)
    return torch.cat([truth, labels[..., None]], dim=-1)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return detr.DETR(SMALL)


@pytest.mark.parametrize("seed", range(5))
def test_match_equals_brute_force(seed):
    generator = torch.Generator().manual_seed(seed)
    cost = torch.randn(6, 5, 4, generator=generator)
    real = torch.rand(6, 4, generator=generator) < 0.7
    index = detr.match(cost, real)
    assert (index[~real] == -1).all()
    for table, there, query in zip(cost, real, index):
        table, query = table[:, there], query[there]
        columns = torch.arange(len(query))
        best = min(table[list(rows), columns].sum() for rows in permutations(range(5), len(query)))
        assert len(query.unique()) == len(query)
        assert table[query, columns].sum() == pytest.approx(best.item(), abs=1e-5)


def test_greedy_would_be_worse():
    """The nearest query of each object is not the best for all: 1 + 9 against 2 + 3."""
    cost = torch.tensor([[[1.0, 2.0], [3.0, 9.0]]])
    assert detr.match(cost, torch.ones(1, 2, dtype=torch.bool)).tolist() == [[1, 0]]


def test_the_order_of_objects_does_not_matter(model):
    images, targets = torch.rand(4, 3, 32, 32), random_targets()
    answer = model(images)
    loss = model.loss(answer, targets).item()
    for order in permutations(range(3)):
        assert model.loss(answer, targets[:, list(order)]).item() == pytest.approx(loss, rel=1e-5)


def test_the_order_of_queries_does_not_matter_to_the_loss(model):
    answer, targets = model(torch.rand(4, 3, 32, 32)), random_targets(seed=1)
    turned = detr.Answer(answer.logits.flip(2), answer.boxes.flip(2), None)
    assert model.loss(turned, targets).item() == pytest.approx(
        model.loss(answer, targets).item(), rel=1e-5
    )


def test_a_perfect_answer_costs_nothing_and_a_doubled_one_does(model):
    targets = random_targets(B=1)
    targets[..., 4] = torch.tensor([0, 2, 1])
    logits, boxes = torch.zeros(1, 1, 5, 4), torch.full((1, 1, 5, 4), 0.5)
    logits[..., 3] = 40.0  # surely no object
    for q, (*box, label) in enumerate(targets[0].tolist()):
        boxes[0, 0, q], logits[0, 0, q, int(label)] = torch.tensor(box), 80.0
    perfect = model.loss(detr.Answer(logits, boxes, None), targets)
    assert perfect.item() == pytest.approx(0, abs=1e-5)
    boxes[0, 0, 4], logits[0, 0, 4] = boxes[0, 0, 0].clone(), logits[0, 0, 0].clone()
    assert model.loss(detr.Answer(logits, boxes, None), targets) > 1


def test_pictures_without_objects_have_a_finite_loss(model):
    targets = random_targets()
    targets[..., 4] = -1
    loss = model.loss(model(torch.rand(4, 3, 32, 32)), targets)
    assert 0 < loss < 100


def test_targets_are_shares_and_corners_undo_them():
    drawn = scenes.draw(6, size=64, seed=0)
    targets = detr.targets(drawn.boxes, drawn.labels, 64, 64)
    assert torch.equal(targets[..., 4].long(), drawn.labels)
    assert torch.allclose(detr.corners(targets[..., :4]) * 64, drawn.boxes, atol=1e-4)
    wide = detr.targets(torch.tensor([[[10.0, 0, 30, 20]]]), torch.tensor([[1]]), 40, 80)
    assert wide[0, 0].tolist() == pytest.approx([0.25, 0.25, 0.25, 0.5, 1])


def test_box_cost_by_hand():
    """Two boxes of 0.2 x 0.2, side by side with a gap of 0.2: IoU 0, hull 0.12, union 0.08."""
    one, other = torch.tensor([[0.3, 0.5, 0.2, 0.2]]), torch.tensor([[0.7, 0.5, 0.2, 0.2]])
    assert geometry.box_iou(detr.corners(one), detr.corners(other)).item() == 0
    want = 5 * 0.4 + 2 * (1 - (0 - (0.12 - 0.08) / 0.12))
    assert detr.box_cost(one, other).item() == pytest.approx(want, rel=1e-5)
    assert detr.box_cost(one, one).item() == pytest.approx(0, abs=1e-5)


def test_positions_tell_every_cell_apart():
    where = detr.waves(8, 6, 16)
    assert where.shape == (48, 16)
    assert (torch.cdist(where, where) + 9 * torch.eye(48)).min() > 0.1
    assert torch.equal(where[:6, :8], where[:1, :8].expand(6, 8))  # the first row is one row


def test_detect_reports_pixels_and_keeps_the_mode(model):
    model.train()
    found = model.detect(torch.rand(2, 3, 32, 48), threshold=0.0)
    assert model.training
    for boxes, scores, labels in found:
        assert boxes.shape == (5, 4)
        assert scores.shape == labels.shape == (5,)
        assert boxes.min() >= 0
        assert (boxes.amax(0) <= torch.tensor([48, 32, 48, 32])).all()
        assert (labels < 3).all()
    assert all(len(scores) == 0 for _, scores, _ in model.detect(torch.rand(2, 3, 32, 32), 1.0))


def test_weights_say_where_each_query_looked(model):
    model.eval()
    images = torch.rand(2, 3, 32, 32)
    answer = model(images, need_weights=True)
    assert answer.weights.shape == (2, 2, 2, 5, 16)  # L, B, h, Q, 4 x 4 cells
    assert torch.allclose(answer.weights.sum(-1), torch.ones(()), atol=1e-5)
    assert model(images).weights is None
    assert torch.allclose(model(images).boxes, answer.boxes, atol=1e-5)
