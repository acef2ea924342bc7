"""Saliency against finite differences and closed forms, receptive fields against gradients."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlcourse.models.vision import saliency

STACKS = {
    "one 3x3": [nn.Conv2d(1, 2, 3)],
    "pooled": [
        *(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU()),
        *(nn.AvgPool2d(2), nn.Conv2d(2, 2, 5, padding=2)),
    ],
    "strided": [
        nn.Conv2d(1, 2, 5, stride=2, padding=2),
        nn.Conv2d(2, 3, 3, stride=3),
        nn.Conv2d(3, 1, 3, padding=1),
    ],
    "dilated": [
        nn.Conv2d(1, 2, 3, dilation=2),
        nn.Conv2d(2, 1, 2, stride=2),
        nn.Conv2d(1, 1, 3, dilation=3),
    ],
}


@pytest.mark.parametrize("name", STACKS)
def test_receptive_field_is_where_the_gradient_reaches(name):
    net = nn.Sequential(*STACKS[name])
    for layer in net:
        if isinstance(layer, nn.Conv2d):
            nn.init.ones_(layer.weight)  # so that no path cancels another
    x = torch.rand(1, 1, 64, 64, requires_grad=True)
    size, jump, centre = saliency.receptive_field(net)
    y = net(x)
    row = y.shape[-1] // 2
    for r in (row, row + 1):
        (slope,) = torch.autograd.grad(y[0, 0, r, row], x, retain_graph=True)
        seen = (slope[0, 0].abs().sum(dim=1) > 0).nonzero().flatten()
        assert seen[-1] - seen[0] + 1 == size
        assert (seen[0] + seen[-1]).item() / 2 == centre + r * jump


@pytest.fixture
def net():
    torch.manual_seed(0)
    net = nn.Sequential(
        *(nn.Conv2d(3, 4, 3, stride=2), nn.Tanh()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5)),
    )
    return net.double().eval()


def test_gradient_agrees_with_finite_differences(net):
    x, classes = torch.rand(2, 3, 9, 9).double(), torch.tensor([1, 4])
    found = saliency.gradient(net, x, classes)
    step = 1e-5
    for b, i, j in [(0, 0, 0), (0, 4, 5), (1, 7, 2)]:
        slopes = []
        for channel in range(3):
            up, down = x[b : b + 1].clone(), x[b : b + 1].clone()
            up[0, channel, i, j] += step
            down[0, channel, i, j] -= step
            slopes.append((net(up) - net(down))[0, classes[b]].abs() / (2 * step))
        assert torch.isclose(found[b, i, j], max(slopes), rtol=1e-5)


def test_grad_cam_of_pooling_and_a_linear_layer_is_the_class_activation_map(net):
    """Zhou et al. 2016: there the slope of the logit over map k is w_k / (h w) everywhere."""
    x, classes = torch.rand(2, 3, 9, 9).double(), torch.tensor([1, 4])
    maps = saliency.activations(net, ["1"], x)["1"]  # (2, 4, 4, 4)
    weight = net[4].weight[classes] / maps[0, 0].numel()  # (2, 4)
    cam = F.relu(torch.einsum("bk,bkhw->bhw", weight, maps))
    want = F.interpolate(cam[:, None], size=(9, 9), mode="bilinear", align_corners=False)[:, 0]
    assert torch.allclose(saliency.grad_cam(net, "1", x, classes), want)


def test_grad_cam_works_on_frozen_weights(net):
    x, classes = torch.rand(2, 3, 9, 9).double(), torch.tensor([1, 4])
    want = saliency.grad_cam(net, "1", x, classes)
    assert want.max() > 0
    assert torch.equal(saliency.grad_cam(net.requires_grad_(False), "1", x, classes), want)


class Sum(nn.Module):
    """The logit of class 0 is the sum of all pixels: what a square takes away can be counted."""

    def forward(self, x):
        total = x.sum(dim=(1, 2, 3))
        return torch.stack([total, -total], dim=1)


def test_occlusion_of_a_sum_counts_what_is_covered():
    x = torch.full((2, 1, 8, 8), 0.5)
    x[0, 0, :4, :4] = 1.5
    classes = torch.tensor([0, 1])
    apart = saliency.occlusion(Sum(), x, classes, patch=4, stride=4)
    assert torch.equal(apart[0, :4, :4], torch.full((4, 4), 16.0))
    assert apart[0].sum() == 16 * 16
    assert apart[1].sum() == 0  # grey for grey
    overlapping = saliency.occlusion(Sum(), x, classes, patch=4, stride=2)
    assert overlapping[0, 0, 0] == 16
    assert overlapping[0, 2, 0] == 12  # under two squares, which take away 16 and 8


def test_occlusion_refuses_squares_that_do_not_tile():
    with pytest.raises(ValueError, match="do not tile 8 x 8"):
        saliency.occlusion(Sum(), torch.zeros(1, 1, 8, 8), torch.tensor([0]), patch=3, stride=2)


def test_hooks_are_gone_afterwards_also_after_a_failure(net):
    saliency.activations(net, ["0", "1"], torch.rand(1, 3, 9, 9).double())
    with pytest.raises(RuntimeError):
        saliency.activations(net, ["0"], torch.rand(1, 2, 9, 9).double())
    assert not any(layer._forward_hooks for layer in net.modules())


def test_grad_cam_averages_slopes_that_differ_from_place_to_place(net):
    x, classes = torch.rand(2, 3, 9, 9).double(), torch.tensor([1, 4])
    A = net[0](x).detach()  # before the tanh, whose slope is not the same everywhere
    alpha, step = torch.zeros(2, 4).double(), 1e-5
    for b, k, i, j in torch.cartesian_prod(*(torch.arange(n) for n in A.shape)).tolist():
        move = torch.zeros_like(A)
        move[b, k, i, j] = step
        alpha[b, k] += (net[1:](A + move) - net[1:](A - move))[b, classes[b]].item() / (2 * step)
    cam = F.relu(torch.einsum("bk,bkhw->bhw", alpha / 16, A))
    want = F.interpolate(cam[:, None], size=(9, 9), mode="bilinear", align_corners=False)[:, 0]
    assert torch.allclose(saliency.grad_cam(net, "0", x, classes), want, atol=1e-7)
