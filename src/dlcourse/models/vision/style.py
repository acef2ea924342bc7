"""Style transfer by optimisation: the content of one picture in the textures of another."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.models.initial import kaiming

Extract = Callable[[Tensor], list[Tensor]]  # a picture (1, C, H, W) to maps (1, C_l, H_l, W_l)


class TextureNet(nn.Module):
    """Say from which of `classes` photographs a grey square (B, 1, H, W) in [0, 1] was cut.

    Three stages of two 3x3 convolutions, as VGG, with averages for pooling as Gatys et al. advise.
    `maps` are what its last layer reads, and what style transfer is after.
    Shown in: 03_cnn/06_pictures_to_pictures.
    """

    def __init__(self, classes: int, widths: Sequence[int] = (16, 32, 64)) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        before = 1
        for width in widths:
            self.stages.append(
                nn.Sequential(
                    nn.Conv2d(before, width, 3, padding=1, padding_mode="replicate"),
                    nn.ReLU(),
                    nn.Conv2d(width, width, 3, padding=1, padding_mode="replicate"),
                    nn.ReLU(),
                )
            )
            before = width
        self.head = nn.Linear(before, classes)
        kaiming(self, "fan_in")

    def maps(self, x: Tensor) -> list[Tensor]:
        """Return what each stage sees: (B, widths[l], H / 2^l, W / 2^l), widest last."""
        found, x = [], x - 0.45
        for level, stage in enumerate(self.stages):
            x = stage(F.avg_pool2d(x, 2) if level else x)
            found.append(x)
        return found

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.maps(x)[-1].mean((2, 3)))


def on_scales(extract: Extract, scales: int = 3) -> Extract:
    """Return an `extract` that also sees the picture at half its size, and so on."""

    def extract_on_scales(x: Tensor) -> list[Tensor]:
        found = extract(x)
        for _ in range(scales - 1):
            x = F.avg_pool2d(x, 2)
            found = found + extract(x)
        return found

    return extract_on_scales


def gram(x: Tensor) -> Tensor:
    """Return how often two channels answer together: (B, C, H, W) to (B, C, C), mean over places.

    Gatys, Ecker and Bethge 2016, equation 3, divided by the number of places so that pictures of
    different sizes compare.
    """
    x = x.flatten(2)  # (B, C, H*W)
    return x @ x.mT / x.shape[2]


def style_loss(maps: list[Tensor], grams: list[Tensor]) -> Tensor:
    """Return the mean over layers of |G - A|^2 / |A|^2: 0 in the style, 1 for silent channels.

    Equations 4 and 5 of Gatys et al. with equal weights, each layer measured against its own target
    A.
    """
    errors = [
        (gram(x) - a).square().sum() / a.square().sum() for x, a in zip(maps, grams, strict=True)
    ]
    return torch.stack(errors).mean()


def content_loss(x: Tensor, target: Tensor) -> Tensor:
    """Return |F - P|^2 over the variance of P: 0 for the same map, 1 for its mean everywhere."""
    return (x - target).square().mean() / target.var()


def recolour(picture: Tensor, like: Tensor) -> Tensor:
    """Move the colours of a picture (3, H, W) linearly to the mean and covariance of `like`.

    Not clipped to [0, 1]. Gatys, Bethge, Hertzmann and Shechtman 2016.
    """

    def moments(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = x.flatten(1)  # (3, H*W)
        values, vectors = torch.linalg.eigh(x.cov() + 1e-5 * torch.eye(3))
        root = vectors @ values.sqrt().diag() @ vectors.T  # the symmetric one, of the covariance
        return x.mean(1, keepdim=True), root, root.inverse()

    mean, _, whiten = moments(picture)
    new_mean, colour, _ = moments(like)
    return (colour @ whiten @ (picture.flatten(1) - mean) + new_mean).reshape(picture.shape)


def transfer(
    extract: Extract,
    content: Tensor,
    style: Tensor,
    *,
    content_layer: int = 2,
    weight: float = 30.0,
    smooth: float = 0.02,
    steps: int = 80,
    on_step: Callable[[Tensor, float, float], None] | None = None,
) -> tuple[Tensor, list[tuple[float, float]]]:
    """Change `content` (1, C, H, W) until its maps have `style`'s Gram matrices; return it, a log.

    The loss is content + `weight` * style + `smooth` * squared differences of neighbours, and
    L-BFGS lowers it from the content picture, looking at most `steps` times. The log holds the
    content and style loss of each look; `on_step(picture, content, style)` sees each. Gatys, Ecker
    and Bethge 2016, equation 7. Shown in: 03_cnn/06_pictures_to_pictures.
    """
    with torch.no_grad():
        target = extract(content)[content_layer]
        grams = [gram(x) for x in extract(style)]
    x = content.clone().contiguous().requires_grad_()
    log: list[tuple[float, float]] = []
    optimizer = torch.optim.LBFGS(
        [x], max_iter=steps, max_eval=steps, history_size=20, line_search_fn="strong_wolfe",
        tolerance_grad=0, tolerance_change=0,
    )  # fmt: skip

    def look() -> Tensor:
        optimizer.zero_grad()
        maps = extract(x)
        content_now = content_loss(maps[content_layer], target)
        style_now = style_loss(maps, grams)
        rough = x.diff(dim=-1).square().mean() + x.diff(dim=-2).square().mean()
        outside = (x - x.clamp(0, 1)).square().mean()
        loss = content_now + weight * style_now + smooth * rough + 10 * outside
        loss.backward(inputs=[x])
        log.append((content_now.item(), style_now.item()))
        if on_step:
            on_step(x.detach(), *log[-1])
        return loss

    optimizer.step(look)
    return x.detach(), log
