"""Nets that mend pictures: DnCNN takes noise away, ESPCN and EDSR make a small picture large.

Each predicts what is *missing* and adds it to what is there, so that an untrained net does little
harm.
"""

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.runtime import CourseError


def _chain(channels: list[int]) -> list[nn.Module]:
    """Return 3x3 convolutions from each number of channels to the next, ReLUs between them."""
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(channels):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(inplace=True)]
    return layers[:-1]


class DnCNN(nn.Module):
    """Take noise out of pictures (B, channels, H, W) in [0, 1]: the net predicts the noise.

    Zhang, Zuo, Chen, Meng and Zhang 2017, with its batch normalisation merged into the convolutions
    as in the weights that its authors publish: `dncnn_15.pth`, `_25` and `_50` (grey, noise of 15,
    25 and 50 in 255) load into `DnCNN()`, 555,137 parameters, and `dncnn_gray_blind.pth` into
    `DnCNN(depth=20)`. Shown in: 03_cnn/06_pictures_to_pictures.
    """

    def __init__(self, channels: int = 1, *, width: int = 64, depth: int = 17) -> None:
        super().__init__()
        self.model = nn.Sequential(*_chain([channels, *[width] * (depth - 1), channels]))

    def forward(self, x: Tensor) -> Tensor:
        return x - self.model(x)


class ESPCN(nn.Module):
    """Enlarge pictures (B, channels, H, W) to (B, channels, H * scale, W * scale).

    All convolutions work on the small picture; the last one makes scale^2 numbers for each of its
    pixels, which `pixel_shuffle` lays out as a square (Shi et al. 2016). The net predicts what a
    bicubic enlargement lacks (Kim et al. 2016). Shown in: 03_cnn/06_pictures_to_pictures.

    >>> ESPCN(4)(torch.zeros(1, 1, 8, 8)).shape
    torch.Size([1, 1, 32, 32])
    """

    def __init__(self, scale: int, channels: int = 1, *, width: int = 32, depth: int = 5) -> None:
        super().__init__()
        self.scale = scale
        self.model = nn.Sequential(*_chain([channels, *[width] * (depth - 1), channels * scale**2]))

    def forward(self, x: Tensor) -> Tensor:
        smooth = F.interpolate(x, scale_factor=float(self.scale), mode="bicubic")
        return smooth + F.pixel_shuffle(self.model(x), self.scale)


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*_chain([width] * 3))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class _MeanShift(nn.Conv2d):
    """Take the mean colour of the training photographs away (sign -1) or add it (sign 1)."""

    bias: nn.Parameter

    def __init__(self, sign: int) -> None:
        super().__init__(3, 3, 1)
        self.weight.data = torch.eye(3)[:, :, None, None]
        self.bias.data = sign * 255 * torch.tensor([0.4488, 0.4371, 0.4040])
        self.requires_grad_(False)


class EDSR(nn.Module):
    """Enlarge colour pictures (B, 3, H, W) in [0, 1] by `scale` 2, 3 or 4.

    The baseline of Lim, Son, Kim, Nah and Lee 2017: 16 residual blocks of 64 channels without batch
    normalisation; 1,517,571 trained parameters at scale 4. Parameter names are those of the
    authors' files, `edsr_baseline_x4-6b446fab.pt` and its like. Shown in:
    03_cnn/06_pictures_to_pictures.
    """

    def __init__(self, scale: int = 4, *, width: int = 64, blocks: int = 16) -> None:
        super().__init__()
        if scale not in (2, 3, 4):
            raise CourseError(f"scale {scale}: EDSR enlarges by 2, 3 or 4")
        self.sub_mean, self.add_mean = _MeanShift(-1), _MeanShift(1)
        self.head = nn.Sequential(nn.Conv2d(3, width, 3, padding=1))
        self.body = nn.Sequential(
            *[_Residual(width) for _ in range(blocks)], nn.Conv2d(width, width, 3, padding=1)
        )
        enlarge: list[nn.Module] = []
        for factor in [3] if scale == 3 else [2] * (scale // 2):
            enlarge += [nn.Conv2d(width, width * factor**2, 3, padding=1), nn.PixelShuffle(factor)]
        self.tail = nn.Sequential(nn.Sequential(*enlarge), nn.Conv2d(width, 3, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.head(self.sub_mean(255 * x))  # (B, width, H, W); the authors count in 0 to 255
        x = self.tail(x + self.body(x))  # (B, 3, H * scale, W * scale)
        return self.add_mean(x) / 255
