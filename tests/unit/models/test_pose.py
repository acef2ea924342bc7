"""Heat maps, the point that a map means, and mirrored joints."""

import pytest
import torch

from dlcourse.models.vision import pose

NAMES = ("left hand", "right hand", "neck")


def test_a_bump_stands_on_its_joint_and_an_unknown_joint_has_none():
    joints = torch.tensor([[[2.5, 1.5], [float("nan"), 3.0]]])
    maps = pose.heatmaps(joints, 4, 6, sigma=1.0)
    assert maps.shape == (1, 2, 4, 6)
    assert maps[0, 0].argmax() == 1 * 6 + 2
    assert maps[0, 0, 1, 2] == 1
    assert maps[0, 0, 2, 4] == pytest.approx(torch.exp(torch.tensor(-0.5 * (2**2 + 1**2))).item())
    assert not maps[0, 1].any()


def test_a_sharp_map_means_its_peak_and_a_flat_one_the_middle():
    logits = torch.zeros(1, 2, 5, 8)
    logits[0, 0, 3, 6] = 1e4
    assert torch.allclose(pose.soft_argmax(logits)[0], torch.tensor([[6.5, 3.5], [4.0, 2.5]]))


def test_the_point_has_a_gradient_everywhere():
    logits = torch.randn(1, 1, 4, 4, requires_grad=True)
    pose.soft_argmax(logits)[0, 0, 0].backward()
    assert (logits.grad != 0).all()


def test_mirrored_joints_change_sides_and_names():
    joints = torch.tensor([[[1.0, 5.0], [6.0, 7.0], [4.5, 2.0]]])
    mirrored = pose.mirror(joints, 10, NAMES)
    assert mirrored.tolist() == [[[4.0, 7.0], [9.0, 5.0], [5.5, 2.0]]]
    assert torch.equal(pose.mirror(mirrored, 10, NAMES), joints)


def test_unknown_joints_cost_nothing():
    truth = torch.tensor([[[1.0, 2.0], [float("nan"), float("nan")]]])
    guess = torch.tensor([[[1.5, 2.0], [9.0, 9.0]]], requires_grad=True)
    loss = pose.joint_loss(guess, truth)
    loss.backward()
    assert loss.item() == 0.25
    assert guess.grad[0, 1].tolist() == [0, 0]


def test_the_net_reads_its_points_from_its_maps():
    torch.manual_seed(0)
    net = pose.PoseNet(joints=3, width=4, depth=2).eval()
    picture = torch.rand(1, 3, 16, 24)
    with torch.no_grad():
        assert net(picture).shape == (1, 3, 2)
        assert net.maps(picture).shape == (1, 3, 8, 12)
        assert torch.equal(net(picture), 2 * pose.soft_argmax(net.maps(picture)))
