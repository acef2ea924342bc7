"""The stack of three layers that most convolutional nets repeat."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn


def convolution(
    before: int, after: int, k: int = 3, *, stride: int | Sequence[int] = 1, dilation: int = 1,
    dims: int = 2, eps: float = 1e-5, names: Sequence[str] = "012",
) -> nn.Sequential:  # fmt: skip
    """Return a k x k convolution, norm and ReLU: (B, before, H, W) to (B, after, H/s, W/s).

    It is padded so that a stride of 1 keeps the side, and has no bias, as the norm has one. `dims`
    is 3 for clips (B, C, T, H, W), `eps` the norm's, and `names` are those of the three layers.
    """
    conv, norm = {2: (nn.Conv2d, nn.BatchNorm2d), 3: (nn.Conv3d, nn.BatchNorm3d)}[dims]
    padding = dilation * (k // 2)
    layers = (
        conv(before, after, k, stride, padding, dilation, bias=False),
        norm(after, eps),
        nn.ReLU(inplace=True),
    )
    return nn.Sequential(OrderedDict(zip(names, layers, strict=True)))
