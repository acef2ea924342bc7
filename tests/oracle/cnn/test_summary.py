"""Multiply-adds against torch's own counter, which counts a product and a sum as two."""

from math import prod

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from dlcourse.models import cnn
from dlcourse.models.summary import summarise
from dlcourse.models.vision.unet import UNet

NETS = {
    "lenet": (cnn.LeNet, (1, 28, 28)),
    "alexnet": (lambda: cnn.AlexNet(cnn.AlexNetConfig()), (3, 224, 224)),
    "vgg16": (lambda: cnn.VGG(cnn.VGGConfig()), (3, 224, 224)),
    "googlenet": (lambda: cnn.GoogLeNet(cnn.GoogLeNetConfig()), (3, 224, 224)),
    "resnet18": (lambda: cnn.ResNet(cnn.ResNetConfig()), (3, 200, 216)),
    "senet50": (lambda: cnn.ResNet(cnn.ResNetConfig.published("seresnet50")), (3, 224, 224)),
    "policy": (cnn.PolicyNet, (48, 19, 19)),
    "value": (cnn.ValueNet, (49, 19, 19)),
    "unet": (lambda: UNet(3, 2), (3, 64, 48)),
}


@pytest.mark.parametrize("name", NETS)
def test_as_many_as_torch_counts(name):
    build, shape = NETS[name]
    with torch.device("meta"):
        net = build().eval()
        with FlopCounterMode(display=False) as counter:
            output = net(torch.empty(1, *shape))
    rows = summarise(net, shape)
    assert 2 * sum(row.multiply_adds for row in rows) == counter.get_total_flops()
    assert prod(rows[-1].shape) == output[0].numel()
    assert sum(row.parameters for row in rows) == sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize(
    "layer, shape",
    [
        (torch.nn.ConvTranspose2d(6, 4, 3, stride=2, groups=2), (6, 5, 7)),
        (torch.nn.Conv2d(6, 4, 3, stride=2, groups=2, dilation=2), (6, 15, 17)),
        (torch.nn.Conv1d(6, 4, 3), (6, 15)),
        (torch.nn.Linear(6, 4), (5, 6)),
    ],
)
def test_single_layers(layer, shape):
    with FlopCounterMode(display=False) as counter:
        layer(torch.rand(1, *shape))
    assert 2 * summarise(layer, shape)[0].multiply_adds == counter.get_total_flops()
