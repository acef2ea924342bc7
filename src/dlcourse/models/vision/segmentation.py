"""A class for every pixel, at a quarter of the price: a U-Net over blocks of pixels."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.models.vision.unet import UNet


class Segmenter(nn.Module):
    """Map pictures (B, 3, H, W) in [0, 1] to logits (B, classes, H, W), one class a pixel.

    A U-Net sees each block of `fold` x `fold` pixels as one place with `fold`^2 times the channels,
    and answers for each pixel of the block. Nothing is lost, and every convolution runs over
    `fold`^2 times fewer places. H and W must be multiples of `fold` * 2^`depth`. Shi et al. 2016,
    section 3.2, fold and unfold pixels like this; `features` (B, `width`, H/`fold`, W/`fold`) is
    what the last layer reads.

    Shown in: 03_cnn/05_segmentation_pose_captions.
    """

    def __init__(
        self, classes: int, *, width: int = 16, depth: int = 3, fold: int = 2, skips: bool = True
    ) -> None:
        super().__init__()
        self.fold = fold
        self.unet = UNet(3 * fold**2, classes * fold**2, width=width, depth=depth, skips=skips)
        self.head, self.unet.head = self.unet.head, nn.Identity()

    def features(self, x: Tensor) -> Tensor:
        x = F.pixel_unshuffle(x, self.fold)  # (B, 3 fold^2, H/fold, W/fold)
        return self.unet(x.contiguous(memory_format=torch.channels_last))

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(self.head(self.features(x)), self.fold)


def balanced_weights(labels: Tensor, classes: int) -> Tensor:
    """Return weights (classes,) for integer maps: one over the root of a class's share of pixels.

    Scaled so that the mean over the pixels is 1. A class that is rare on the ground is not lost in
    the loss; one over the share itself would let it shout.
    """
    share = torch.bincount(labels.flatten(), minlength=classes).float() / labels.numel()
    weight = share.clamp(min=1e-6).rsqrt()  # (classes,)
    return weight / (weight * share).sum()
