"""Photographs as tensors of one height, and the small squares that a net learns from."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from dlcourse.data.photos import load_photo

LUMINANCE = (0.2125, 0.7154, 0.0721)  # of red, green and blue, as in skimage.color.rgb2gray


def grey(picture: Tensor) -> Tensor:
    """Return the luminance (..., 1, H, W) of pictures (..., 3, H, W); grey ones stay."""
    if picture.shape[-3] == 1:
        return picture
    weight = torch.tensor(LUMINANCE, dtype=picture.dtype)
    return (picture * weight[:, None, None]).sum(-3, keepdim=True)


def photo_tensor(name: str, height: int, *, colour: bool = False, multiple: int = 8) -> Tensor:
    """Return a photograph (C, height, W) in [0, 1], in its own proportions, W a `multiple`.

    C is 3 in colour, where a grey photograph is given three equal channels, and 1 in grey.
    """
    photo = torch.from_numpy(load_photo(name))
    photo = photo[None] if photo.ndim == 2 else photo.permute(2, 0, 1)  # (1 or 3, H, W)
    photo = photo.expand(3, -1, -1) if colour else grey(photo)
    H, W = photo.shape[1:]
    size = (height, round(height * W / H / multiple) * multiple)
    return F.interpolate(photo[None], size, mode="bicubic", antialias=True)[0].clamp(0, 1)


def cut(
    pictures: Sequence[Tensor], count: int, size: int, *, turn: bool = True, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Cut `count` squares (count, C, size, size) at random, in turn from each (C, H, W) picture.

    `turn` rotates and mirrors them at random. Also returns which picture each is from, (count,).
    Raises ValueError for a picture that is smaller than a square. Shown in:
    03_cnn/06_pictures_to_pictures.
    """
    random = torch.Generator().manual_seed(seed)
    source = torch.arange(count) % len(pictures)
    squares = []
    for index in source.tolist():
        H, W = pictures[index].shape[-2:]
        if min(H, W) < size:
            raise ValueError(f"picture {index} has {H} x {W} pixels, less than {size} x {size}")
        top, left, turns, mirror = (
            int(torch.randint(n, (), generator=random)) for n in (H - size + 1, W - size + 1, 4, 2)
        )
        square = pictures[index][..., top : top + size, left : left + size]
        if turn:
            square = torch.rot90(square.flip(-1) if mirror else square, turns, (-2, -1))
        squares.append(square)
    return torch.stack(squares), source


def level(x: Tensor) -> Tensor:
    """Give squares (B, 1, H, W) mean 0.45 and about one contrast: pattern remains, light goes."""
    x = x - x.mean((-2, -1), keepdim=True)
    return 0.45 + 0.25 * x / (x.std((-2, -1), keepdim=True) + 0.05)
