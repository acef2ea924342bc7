"""ResNet: blocks that learn what to add to their input; SENet: which also weigh channels.

Parameter names are torchvision's `resnet18` and `resnet50`, and timm's `seresnet50`. As there, the
3x3 convolution of a bottleneck takes the stride, where He et al. gave it to the first 1x1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.models import published
from dlcourse.models.initial import kaiming


class SqueezeExcitation(nn.Module):
    """Weigh each channel of x (B, C, H, W) by a number in (0, 1) made of all channels' means.

    Squeeze: one mean a channel. Excite: two linear layers with C / `reduction` units between them,
    rounded to a multiple of 8 from 8 on. Hu, Shen and Sun 2018, equations 2 to 4.
    Shown in: 03_cnn/02_architectures.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        units = max(8, int(channels / reduction + 4) // 8 * 8)  # as timm, to load its weights
        self.fc1 = nn.Conv2d(channels, units, 1)  # a 1x1 convolution of one pixel: a linear layer
        self.fc2 = nn.Conv2d(units, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        s = x.mean(dim=(2, 3), keepdim=True)  # (B, C, 1, 1)
        s = self.fc2(F.relu(self.fc1(s), inplace=True))  # (B, C, 1, 1)
        return x * torch.sigmoid(s)  # (B, C, H, W)


class Shortcut(nn.Sequential):
    """Bring the input of a block to the shape of its output: a strided 1x1 convolution."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
            nn.BatchNorm2d(out_channels),
        )


class BasicBlock(nn.Module):
    """Add two 3x3 convolutions of x to x: (B, in_channels, H, W) to (B, channels, H/s, W/s).

    He et al. 2016, figure 5, left. Shown in: 03_cnn/02_architectures.
    """

    expansion = 1  # output channels over `channels`

    def __init__(
        self, in_channels: int, channels: int, stride: int = 1, *, se: bool = False
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.se = SqueezeExcitation(channels) if se else nn.Identity()
        same = stride == 1 and in_channels == channels
        self.downsample = nn.Identity() if same else Shortcut(in_channels, channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)  # (B, channels, H/s, W/s)
        y = self.se(self.bn2(self.conv2(y)))
        y += self.downsample(x)
        return F.relu(y, inplace=True)


class Bottleneck(nn.Module):
    """Add to x a 3x3 convolution between two 1x1: few channels inside, four times outside.

    (B, in_channels, H, W) to (B, 4 * channels, H/s, W/s). He et al. 2016, figure 5, right.
    Shown in: 03_cnn/02_architectures.
    """

    expansion = 4

    def __init__(
        self, in_channels: int, channels: int, stride: int = 1, *, se: bool = False
    ) -> None:
        super().__init__()
        out_channels = self.expansion * channels
        self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.se = SqueezeExcitation(out_channels) if se else nn.Identity()
        same = stride == 1 and in_channels == out_channels
        self.downsample = nn.Identity() if same else Shortcut(in_channels, out_channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)  # (B, channels, H, W)
        y = F.relu(self.bn2(self.conv2(y)), inplace=True)  # (B, channels, H/s, W/s)
        y = self.se(self.bn3(self.conv3(y)))  # (B, 4 * channels, H/s, W/s)
        y += self.downsample(x)
        return F.relu(y, inplace=True)


@dataclass(frozen=True)
class ResNetConfig:
    """The sizes of a ResNet; the defaults are those of ResNet-18."""

    channels: int = 3  # of the picture
    classes: int = 1000
    block: str = "basic"  # or "bottleneck"
    depths: tuple[int, int, int, int] = (2, 2, 2, 2)  # blocks of each stage
    width: int = 64  # channels of the first stage; the others have 2, 4, 8 times as many
    se: bool = False  # each block weighs its channels
    # For pictures of about 32 pixels a side: the stem hardly makes them smaller.
    small: bool = False

    @classmethod
    def published(cls, name: str) -> "ResNetConfig":
        """Return the sizes of "resnet18", "resnet50" or "seresnet50", for pictures of 224x224.

        11,689,512, 25,557,032 and 28,088,024 parameters.
        """
        return cls(**published.choose("ResNet", name, PUBLISHED))


PUBLISHED = {
    "resnet18": {},
    "resnet50": {"block": "bottleneck", "depths": (3, 4, 6, 3)},
    "seresnet50": {"block": "bottleneck", "depths": (3, 4, 6, 3), "se": True},
}
BLOCKS = {"basic": BasicBlock, "bottleneck": Bottleneck}


class ResNet(nn.Module):
    """Classify images (B, channels, H, W) into `classes`; returns logits (B, classes).

    Four stages of blocks; all but the first halve the side. He et al. 2016, table 1.
    Shown in: 03_cnn/02_architectures.
    """

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.config = c = config
        block, kernel, before = BLOCKS[c.block], 3 if c.small else 7, c.width
        self.conv1 = nn.Conv2d(
            c.channels, c.width, kernel, stride=2, padding=kernel // 2, bias=False
        )
        self.bn1 = nn.BatchNorm2d(c.width)
        self.maxpool = nn.Identity() if c.small else nn.MaxPool2d(3, stride=2, padding=1)

        def stage(channels: int, depth: int, stride: int) -> nn.Sequential:
            nonlocal before  # the channels so far
            blocks = []
            for index in range(depth):
                blocks.append(block(before, channels, stride if index == 0 else 1, se=c.se))
                before = block.expansion * channels
            return nn.Sequential(*blocks)

        self.layer1 = stage(c.width, c.depths[0], stride=1)
        self.layer2 = stage(2 * c.width, c.depths[1], stride=2)
        self.layer3 = stage(4 * c.width, c.depths[2], stride=2)
        self.layer4 = stage(8 * c.width, c.depths[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(before, c.classes)
        kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)  # (B, 64, 112, 112)     from 224 x 224
        x = self.layer1(self.maxpool(x))  # (B, 64 * expansion, 56, 56)
        x = self.layer2(x)  # (B, 128 * expansion, 28, 28)
        x = self.layer3(x)  # (B, 256 * expansion, 14, 14)
        x = self.layer4(x)  # (B, 512 * expansion, 7, 7)
        return self.fc(self.avgpool(x).flatten(1))  # (B, classes)

    def load_published(self, state_dict: Mapping[str, Tensor]) -> None:
        """Copy in the weights of a published file; CourseError names the first wrong key."""
        published.load(self, state_dict, [])
