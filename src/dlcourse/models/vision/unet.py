"""U-Net: a picture in, a picture out; what the small scales know joins what the large ones kept."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.models.layers import convolution
from dlcourse.runtime import CourseError


class DoubleConv(nn.Sequential):
    """Two 3x3 convolutions, each followed by batch normalisation and ReLU:

    (B, C, H, W) to (B, out, H, W).
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(
            *convolution(in_channels, out_channels), *convolution(out_channels, out_channels)
        )


class UNet(nn.Module):
    """Map (B, in_channels, H, W) to (B, out_channels, H, W): halve `depth` times, double as often.

    Level i has `width` * 2^i channels. H and W must be multiples of 2^`depth`; raises CourseError
    otherwise. `skips=False` cuts the connections across, to show what they are for. Ronneberger,
    Fischer and Brox 2015, figure 1, with what has become usual since: padding, so that the size
    stays, batch normalisation, and upsampling followed by a convolution.

    Shown in: 03_cnn/05_segmentation_pose_captions, 03_cnn/06_pictures_to_pictures,
    03_cnn/09_medicine.

    >>> UNet(3, 9)(torch.zeros(1, 3, 64, 64)).shape
    torch.Size([1, 9, 64, 64])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        width: int = 16,
        depth: int = 3,
        skips: bool = True,
    ) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(depth + 1)]
        self.depth, self.skips = depth, skips
        self.down = nn.ModuleList(
            DoubleConv(small, large) for small, large in pairwise([in_channels, *widths])
        )
        self.up = nn.ModuleList(
            DoubleConv(large + small if skips else large, small)
            for small, large in reversed(list(pairwise(widths)))
        )
        self.head: nn.Module = nn.Conv2d(width, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        H, W = x.shape[-2:]
        if H % 2**self.depth or W % 2**self.depth:
            raise CourseError(
                f"{H} x {W} cannot be halved {self.depth} times: pad or crop it first"
            )
        kept: list[Tensor] = []
        for level, block in enumerate(self.down):
            # (B, width * 2^level, H / 2^level, W / 2^level)
            x = block(F.max_pool2d(x, 2) if level else x)
            kept.append(x)
        for block, across in zip(self.up, kept[-2::-1], strict=True):
            x = F.interpolate(x, scale_factor=2.0)  # (B, C, 2h, 2w)
            x = block(torch.cat([x, across], dim=1) if self.skips else x)  # (B, C/2, 2h, 2w)
        return self.head(x)
