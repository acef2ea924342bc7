"""Convolutional networks, a family a file, with the parameter names of the published weight files.

>>> import torch
>>> with torch.device("meta"):  # shapes and counts only: no memory is spent
...     sum(p.numel() for p in vgg16().parameters())
138357544
"""

from dlcourse.models.cnn.alexnet import AlexNet, alexnet
from dlcourse.models.cnn.alphago import PolicyNet, ValueNet
from dlcourse.models.cnn.googlenet import GoogLeNet, GoogLeNetOutput, Inception, googlenet
from dlcourse.models.cnn.lenet import LeNet
from dlcourse.models.cnn.resnet import (
    BasicBlock,
    Bottleneck,
    ResNet,
    SqueezeExcitation,
    resnet18,
    resnet50,
    senet50,
)
from dlcourse.models.cnn.vgg import VGG, vgg16

__all__ = [
    "VGG",
    "AlexNet",
    "BasicBlock",
    "Bottleneck",
    "GoogLeNet",
    "GoogLeNetOutput",
    "Inception",
    "LeNet",
    "PolicyNet",
    "ResNet",
    "SqueezeExcitation",
    "ValueNet",
    "alexnet",
    "googlenet",
    "resnet18",
    "resnet50",
    "senet50",
    "vgg16",
]
