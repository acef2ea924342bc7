"""Joints in a picture: one map a joint, and the point that the map means."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.models.vision.unet import UNet


def heatmaps(joints: Tensor, height: int, width: int, sigma: float = 1.0) -> Tensor:
    """Return maps (B, J, height, width), a Gaussian bump of height 1 at each joint.

    `joints` (B, J, 2) are (x, y) pixels, pixel (0, 0) has its centre at (0.5, 0.5), and `sigma` is
    in pixels. A joint that is NaN has an empty map. Tompson, Jain, LeCun and Bregler 2014, section
    3.

    >>> heatmaps(torch.tensor([[[1.5, 0.5]]]), 1, 3)[0, 0].round(decimals=2)
    tensor([[0.6100, 1.0000, 0.6100]])
    """
    x, y = joints[..., 0, None], joints[..., 1, None]  # (B, J, 1)
    columns = torch.arange(width, device=joints.device) + 0.5
    rows = torch.arange(height, device=joints.device) + 0.5
    across = torch.exp(-((columns - x) ** 2) / (2 * sigma**2))  # (B, J, width)
    down = torch.exp(-((rows - y) ** 2) / (2 * sigma**2))  # (B, J, height)
    return (down[..., :, None] * across[..., None, :]).nan_to_num(0)


def soft_argmax(logits: Tensor) -> Tensor:
    """Return the mean point (B, J, 2) of maps (B, J, H, W) after a softmax over their pixels.

    Points are (x, y) pixels, pixel centres at halves. Unlike the highest pixel it falls between
    pixels and has a gradient. Sun, Xiao, Wei, Liang and Wei 2018, equation 2.

    Shown in: 03_cnn/05_segmentation_pose_captions.

    >>> soft_argmax(torch.tensor([[[[0.0, 0.0, -1e9]]]]))  # half way between the first two centres
    tensor([[[1.0000, 0.5000]]])
    """
    H, W = logits.shape[-2:]
    shares = logits.flatten(2).softmax(dim=-1).reshape(logits.shape)  # (B, J, H, W)
    columns = torch.arange(W, device=logits.device) + 0.5
    rows = torch.arange(H, device=logits.device) + 0.5
    return torch.stack([shares.sum(2) @ columns, shares.sum(3) @ rows], dim=-1)  # (B, J, 2)


def mirror(joints: Tensor, width: int, names: tuple[str, ...]) -> Tensor:
    """Return joints (B, J, 2) of the picture flipped left to right: their names change too.

    `names` are the J joints' names; "left hand" changes places with "right hand", "neck" stays.
    """
    other = {"left": "right", "right": "left"}
    twins = [
        names.index(" ".join(other.get(word, word) for word in name.split())) for name in names
    ]
    return torch.stack([width - joints[..., 0], joints[..., 1]], dim=-1)[:, twins]


def joint_loss(joints: Tensor, truth: Tensor) -> Tensor:
    """Return the mean absolute error in pixels over the joints whose truth is not NaN."""
    known = ~truth.isnan()
    return (joints[known] - truth[known]).abs().mean()


class PoseNet(nn.Module):
    """Find J joints in pictures: a U-Net draws a map for each, and `soft_argmax` reads its point.

    Input (B, 3, H, W) in [0, 1]; output (B, J, 2), (x, y) pixels. `maps` gives the logits of the
    maps (B, J, H/`fold`, W/`fold`), one place for each block of `fold` x `fold` pixels. Trained on
    `joint_loss` of the points; nobody tells it what the maps should look like ("integral"
    regression, Sun et al. 2018, with a U-Net for their ResNet with deconvolutions).

    Shown in: 03_cnn/05_segmentation_pose_captions.
    """

    def __init__(self, joints: int = 14, *, width: int = 16, depth: int = 2, fold: int = 2) -> None:
        super().__init__()
        self.fold = fold
        self.unet = UNet(3 * fold**2, joints, width=width, depth=depth)

    def maps(self, x: Tensor) -> Tensor:
        x = F.pixel_unshuffle(x, self.fold)  # (B, 3 fold^2, H/fold, W/fold)
        return self.unet(x.contiguous(memory_format=torch.channels_last))

    def forward(self, x: Tensor) -> Tensor:
        return self.fold * soft_argmax(self.maps(x))
