"""The small squares of pictures that a net learns from: cut at random, in an even light."""

from collections.abc import Sequence

import torch
from torch import Tensor

from dlcourse.runtime import CourseError


def cut(
    pictures: Sequence[Tensor], count: int, size: int, *, turn: bool = True, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Cut `count` squares (count, C, size, size) at random, in turn from each (C, H, W) picture.

    `turn` rotates and mirrors them at random. Also returns which picture each is from, (count,).
    Raises CourseError for a picture that is smaller than a square. Shown in:
    03_cnn/06_pictures_to_pictures.
    """
    random = torch.Generator().manual_seed(seed)
    source = torch.arange(count) % len(pictures)
    squares = []
    for index in source.tolist():
        H, W = pictures[index].shape[-2:]
        if min(H, W) < size:
            raise CourseError(f"picture {index} has {H} x {W} pixels, less than {size} x {size}")
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
