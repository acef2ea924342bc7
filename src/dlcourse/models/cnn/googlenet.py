"""GoogLeNet: nine inception modules, each of which looks at several sizes at once.

Parameter names and sizes are torchvision's, whose weights came from TensorFlow and differ from the
paper twice: batch normalisation follows each convolution, and the branch named 5x5 has 3x3 filters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.models import layers, published

convolution = partial(layers.convolution, eps=0.001, names=("conv", "bn", "relu"))


class Inception(nn.Module):
    """Run four branches side by side and stack their channels; the side stays as it is.

    The arguments are the columns of table 1 in the paper: #1x1, #3x3 reduce, #3x3, #5x5 reduce,
    #5x5, pool proj. Szegedy et al. 2015, figure 2(b). Shown in: 03_cnn/02_architectures.
    """

    def __init__(
        self, in_channels: int, c1: int, reduce3: int, c3: int, reduce5: int, c5: int, pool: int
    ) -> None:
        super().__init__()
        thin = partial(convolution, k=1)
        self.branch1 = thin(in_channels, c1)
        self.branch2 = nn.Sequential(thin(in_channels, reduce3), convolution(reduce3, c3))
        # Of 3x3, not 5x5: see above.
        self.branch3 = nn.Sequential(thin(in_channels, reduce5), convolution(reduce5, c5))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), thin(in_channels, pool))

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)]
        return torch.cat(branches, dim=1)  # (B, c1 + c3 + c5 + pool, H, W)


class AuxiliaryHead(nn.Module):
    """Guess the class halfway up:

    (B, in_channels, H, W) to logits (B, classes), for training only.
    """

    def __init__(self, in_channels: int, classes: int) -> None:
        super().__init__()
        self.conv = convolution(in_channels, 128, k=1)
        self.fc1 = nn.Linear(128 * 4 * 4, 1024)
        self.fc2 = nn.Linear(1024, classes)
        self.dropout = nn.Dropout(0.7)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(F.adaptive_avg_pool2d(x, 4))  # (B, 128, 4, 4)
        x = F.relu(self.fc1(x.flatten(1)), inplace=True)  # (B, 1024)
        return self.fc2(self.dropout(x))  # (B, classes)


class GoogLeNetOutput(NamedTuple):
    """Logits (B, classes) of the net and of its two auxiliary heads, the lower one first."""

    logits: Tensor
    aux1: Tensor
    aux2: Tensor


# Table 1 of the paper: the six numbers of each module; a pooling stands before 4a and before 5a.
MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


@dataclass(frozen=True)
class GoogLeNetConfig:
    """The sizes of a GoogLeNet; the defaults are the published ones."""

    channels: int = 3  # of the picture
    classes: int = 1000
    width: float = 1.0  # scales all channels
    aux: bool = False  # with two auxiliary heads, for training
    dropout: float = 0.2
    # For pictures of about 32 pixels a side: the stem hardly makes them smaller.
    small: bool = False

    @classmethod
    def published(cls, name: str) -> "GoogLeNetConfig":
        """Return the sizes of "googlenet", or with heads "googlenet-aux", as torchvision has it.

        6,624,904 and 13,004,888 parameters. The file was trained on pixels in [-1, 1].
        """
        sizes = {"googlenet": {}, "googlenet-aux": {"aux": True}}
        return cls(**published.choose("GoogLeNet", name, sizes))


class GoogLeNet(nn.Module):
    """Classify images (B, channels, H, W) into `classes`.

    Returns logits (B, classes), or in training with `aux` a GoogLeNetOutput; the paper adds the
    heads' losses to the net's at a weight of 0.3. Szegedy et al. 2015, table 1. Shown in:
    03_cnn/02_architectures.
    """

    def __init__(self, config: GoogLeNetConfig) -> None:
        super().__init__()
        self.config = c = config

        def scale(channels: int) -> int:
            return max(1, round(c.width * channels))

        halve = partial(nn.MaxPool2d, kernel_size=3, stride=2, ceil_mode=True)
        self.conv1 = convolution(c.channels, scale(64), k=3 if c.small else 7, stride=2)
        self.maxpool1 = nn.Identity() if c.small else halve()
        self.conv2 = convolution(scale(64), scale(64), k=1)
        self.conv3 = convolution(scale(64), scale(192))
        self.maxpool2 = nn.Identity() if c.small else halve()
        self.maxpool3 = halve()
        self.maxpool4 = nn.MaxPool2d(2, ceil_mode=True)
        channels, modules = scale(192), []
        for numbers in MODULES.values():
            modules.append(Inception(channels, *map(scale, numbers)))
            c1, _, c3, _, c5, pool = map(scale, numbers)
            channels = c1 + c3 + c5 + pool
        self.inception3a, self.inception3b, *modules = modules
        self.inception4a, self.inception4b, self.inception4c, *modules = modules
        self.inception4d, self.inception4e, self.inception5a, self.inception5b = modules
        self.aux1 = AuxiliaryHead(scale(512), c.classes) if c.aux else None
        self.aux2 = AuxiliaryHead(scale(528), c.classes) if c.aux else None
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(c.dropout)
        self.fc = nn.Linear(channels, c.classes)

    def forward(self, x: Tensor) -> Tensor | GoogLeNetOutput:
        x = self.maxpool1(self.conv1(x))  # (B, 64, 56, 56)          from 224 x 224
        x = self.maxpool2(self.conv3(self.conv2(x)))  # (B, 192, 28, 28)
        x = self.inception3b(self.inception3a(x))  # (B, 480, 28, 28)
        x = early = self.inception4a(self.maxpool3(x))  # (B, 512, 14, 14)
        x = late = self.inception4d(self.inception4c(self.inception4b(x)))  # (B, 528, 14, 14)
        x = self.inception4e(x)  # (B, 832, 14, 14)
        x = self.inception5b(self.inception5a(self.maxpool4(x)))  # (B, 1024, 7, 7)
        logits = self.fc(self.dropout(self.avgpool(x).flatten(1)))  # (B, classes)
        if self.training and self.aux1 and self.aux2:
            return GoogLeNetOutput(logits, self.aux1(early), self.aux2(late))
        return logits

    def load_published(self, state_dict: Mapping[str, Tensor]) -> None:
        """Copy in the weights of torchvision's file; CourseError names the first key that is wrong.

        Without `aux`, the file's heads are left out.
        """
        published.load(self, state_dict, [], ignored=() if self.config.aux else (r"^aux[12]\.",))
