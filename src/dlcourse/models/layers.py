"""The stack of three layers that most convolutional nets repeat."""

from torch import nn


def convolution(
    before: int, after: int, k: int = 3, *, stride: int = 1, dilation: int = 1
) -> nn.Sequential:
    """Return a k x k convolution, norm and ReLU: (B, before, H, W) to (B, after, H/s, W/s).

    It is padded so that a stride of 1 keeps the side, and has no bias, as the norm has one.
    """
    padding = dilation * (k // 2)
    conv = nn.Conv2d(
        before, after, k, stride=stride, padding=padding, dilation=dilation, bias=False
    )
    return nn.Sequential(conv, nn.BatchNorm2d(after), nn.ReLU(inplace=True))
