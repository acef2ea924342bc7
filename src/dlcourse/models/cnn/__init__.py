"""Convolutional networks, a family a file, with the parameter names of the published weight files.

>>> import torch
>>> with torch.device("meta"):  # shapes and counts only: no memory is spent
...     sum(p.numel() for p in VGG(VGGConfig.published("vgg16")).parameters())
138357544
"""

from dlcourse.models.cnn.alexnet import AlexNet, AlexNetConfig
from dlcourse.models.cnn.alphago import PolicyNet, ValueNet
from dlcourse.models.cnn.googlenet import GoogLeNet, GoogLeNetConfig, GoogLeNetOutput, Inception
from dlcourse.models.cnn.lenet import LeNet
from dlcourse.models.cnn.resnet import (
    BasicBlock,
    Bottleneck,
    ResNet,
    ResNetConfig,
    SqueezeExcitation,
)
from dlcourse.models.cnn.vgg import VGG, VGGConfig

__all__ = [
    "VGG",
    "AlexNet",
    "AlexNetConfig",
    "BasicBlock",
    "Bottleneck",
    "GoogLeNet",
    "GoogLeNetConfig",
    "GoogLeNetOutput",
    "Inception",
    "LeNet",
    "PolicyNet",
    "ResNet",
    "ResNetConfig",
    "SqueezeExcitation",
    "VGGConfig",
    "ValueNet",
]
