import math

import pytest
import torch

from dlcourse.metrics import detection as metrics

SQUARE = torch.tensor([[0.0, 0, 10, 10]])


def test_the_second_box_on_one_object_is_wrong():
    boxes = torch.cat([SQUARE, SQUARE + 1, SQUARE + 100])
    right = metrics.true_positives(boxes, torch.tensor([0.5, 0.9, 0.7]), SQUARE)
    assert right.tolist() == [False, True, False]  # the better score takes the object


def test_a_box_may_not_fall_back_on_its_second_best_object():
    """VOC's rule; COCO's lets the second box have the neighbour."""
    truth = torch.cat([SQUARE, SQUARE + torch.tensor([3.0, 0, 3, 0])])
    boxes = torch.cat([SQUARE, SQUARE])
    assert metrics.true_positives(boxes, torch.tensor([0.9, 0.8]), truth).tolist() == [True, False]


def test_iou_must_reach_the_threshold():
    half = torch.tensor([[0.0, 0, 10, 5]])
    score = torch.ones(1)
    assert metrics.true_positives(half, score, SQUARE, threshold=0.5).item()
    assert not metrics.true_positives(half, score, SQUARE, threshold=0.51).item()


def test_precision_and_recall_by_hand():
    scores, right = torch.tensor([0.2, 0.9, 0.6]), torch.tensor([True, True, False])
    precision, recall = metrics.precision_recall(scores, right, positives=4)
    assert torch.allclose(precision, torch.tensor([1, 1 / 2, 2 / 3]))
    assert torch.allclose(recall, torch.tensor([1 / 4, 1 / 4, 2 / 4]))
    assert metrics.average_precision(precision, recall) == pytest.approx(1 / 4 + 2 / 3 / 4)
    eleven = metrics.average_precision(precision, recall, points=11)
    assert eleven == pytest.approx((3 * 1 + 3 * 2 / 3) / 11)  # recall 0, 0.1, 0.2 | 0.3, 0.4, 0.5


@pytest.mark.parametrize("positives", [3, 7, 10, 13, 30])
@pytest.mark.parametrize("points", [11, "all"])
def test_all_found_and_nothing_else_is_one(positives, points):
    """Recall k / positives meets the eleven levels whatever the rounding."""
    scores, right = torch.rand(positives), torch.ones(positives, dtype=torch.bool)
    curve = metrics.precision_recall(scores, right, positives)
    assert metrics.average_precision(*curve, points) == pytest.approx(1)


def test_recall_on_a_level_reaches_it():
    right = torch.ones(3, dtype=torch.bool)  # recall 0.3, in float32 a little above
    curve = metrics.precision_recall(torch.rand(3), right, positives=10)
    assert metrics.average_precision(*curve, points=11) == pytest.approx(4 / 11)


def test_no_detections_are_worth_nothing_and_no_objects_do_not_count():
    none = (torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, dtype=torch.long))
    truth = (SQUARE, torch.tensor([1]))
    assert metrics.mean_average_precision([none], [truth], classes=3) == 0
    found = (SQUARE, torch.tensor([0.3]), torch.tensor([1]))
    assert metrics.mean_average_precision([found], [truth], classes=3) == pytest.approx(1)
    empty = (torch.zeros(0, 4), torch.zeros(0, dtype=torch.long))
    assert math.isnan(metrics.mean_average_precision([none], [empty], classes=3))


def test_a_right_box_of_a_wrong_class_is_wrong():
    truth = (torch.cat([SQUARE, SQUARE + 50]), torch.tensor([0, 1]))
    found = (SQUARE, torch.tensor([0.9]), torch.tensor([1]))
    assert metrics.mean_average_precision([found], [truth], classes=2) == 0


def test_froc_by_hand():
    scores, right = torch.tensor([0.9, 0.1, 0.8, 0.7]), torch.tensor([True, True, False, False])
    alarms, sensitivity = metrics.froc(scores, right, positives=4, pictures=2)
    assert alarms.tolist() == [0, 0.5, 1, 1]
    assert sensitivity.tolist() == [0.25, 0.25, 0.25, 0.5]
