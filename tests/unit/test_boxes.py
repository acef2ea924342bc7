import math

import pytest
import torch

from dlcourse.boxes import box_iou, clip, decode, encode, nms


def test_iou_of_boxes_drawn_on_squared_paper():
    one = torch.tensor([[0.0, 0, 4, 2], [5, 5, 6, 6]])
    other = torch.tensor([[0.0, 0, 4, 2], [2, 1, 6, 3], [4, 0, 8, 2], [0, 0, 0, 0]])
    # the second shares 2 of 8 + 8 - 2 squares; the third touches; the fourth has no area
    assert torch.allclose(box_iou(one, other), torch.tensor([[1, 1 / 7, 0, 0], [0, 0, 0, 0.0]]))


def test_iou_takes_any_leading_dimensions():
    one, other = torch.rand(2, 3, 5, 4), torch.rand(2, 3, 7, 4)
    together = box_iou(one, other)
    assert together.shape == (2, 3, 5, 7)
    assert torch.equal(together[1, 2], box_iou(one[1, 2], other[1, 2]))


def test_nms_keeps_the_best_and_what_only_a_dropped_box_overlaps():
    # each overlaps its neighbour by 2/3; dropping the second sets the third free
    boxes = torch.tensor([[0.0, 0, 10, 10], [2, 0, 12, 10], [4, 0, 14, 10]])
    assert nms(boxes, torch.tensor([0.9, 0.8, 0.7])).tolist() == [True, False, True]
    assert nms(boxes, torch.tensor([0.8, 0.9, 0.7])).tolist() == [False, True, False]
    assert nms(boxes, torch.tensor([0.9, 0.8, 0.7]), threshold=0.7).all()


def test_nms_takes_none_and_batches():
    assert nms(torch.zeros(0, 4), torch.zeros(0)).tolist() == []
    torch.manual_seed(0)
    corner = torch.rand(3, 20, 2) * 20
    boxes, scores = torch.cat([corner, corner + 10], dim=-1), torch.rand(3, 20)
    alone = torch.stack([nms(*pair) for pair in zip(boxes, scores, strict=True)])
    assert torch.equal(nms(boxes, scores), alone)
    assert 0 < alone.sum() < alone.numel()


def test_encode_by_hand_and_back():
    anchor = torch.tensor([[10.0, 20, 30, 60]])  # centre (20, 40), 20 wide, 40 high
    box = torch.tensor([[20.0, 10, 60, 30]])  # centre (40, 20), 40 wide, 20 high
    want = torch.tensor([[1, -0.5, math.log(2), -math.log(2)]])
    assert torch.allclose(encode(box, anchor), want)
    assert torch.allclose(decode(want, anchor), box)
    assert torch.allclose(encode(anchor, anchor), torch.zeros(1, 4))


@pytest.mark.parametrize("side", [2, 3])
def test_a_wild_code_decodes_to_something_finite(side):
    t = torch.zeros(1, 4)
    t[0, side] = 1e6
    assert decode(t, torch.tensor([[0.0, 0, 16, 16]])).isfinite().all()


def test_clip_cuts_x_at_the_width_and_y_at_the_height():
    box = torch.tensor([-5.0, -5, 500, 500])
    assert clip(box, height=48, width=64).tolist() == [0, 0, 64, 48]
