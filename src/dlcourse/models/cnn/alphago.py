"""AlphaGo's two nets: where to play, and who will win. Silver et al. 2016, Methods."""

import torch
from torch import Tensor, nn


def trunk(planes: int, filters: int) -> list[nn.Module]:
    """Return layers 1 to 12: one 5x5 convolution and eleven 3x3; the side stays 19."""
    layers = [nn.Conv2d(planes, filters, 5, padding=2), nn.ReLU(inplace=True)]
    for _ in range(11):
        layers += [nn.Conv2d(filters, filters, 3, padding=1), nn.ReLU(inplace=True)]
    return layers


class PointBias(nn.Module):
    """Add a learned number to each point of the board: (B, 1, 19, 19) to the same."""

    def __init__(self, size: int = 19) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(size, size))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.bias


class PolicyNet(nn.Module):
    """Say where an expert would play: boards (B, 48, 19, 19) to logits of the 361 points (B, 361).

    The 13 layers of the slide; as in the paper, the last has a bias of its own for each point.
    3,882,793 parameters. Moves that the rules forbid are masked by the player, not by the net.
    Shown in: 03_cnn/02_architectures.
    """

    def __init__(self, planes: int = 48, filters: int = 192) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *trunk(planes, filters),
            nn.Conv2d(filters, 1, 1, bias=False),  # layer 13
            PointBias(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).flatten(1)  # (B, 361)


class ValueNet(nn.Module):
    """Say who will win: boards (B, 49, 19, 19) to one number a board (B,), in (-1, 1).

    A 49th plane says whose turn it is. After the 1x1 convolution come a linear layer of 256 units
    and one of a single unit with tanh. The paper does not give the size of the filters of layer 12,
    "an additional convolution layer"; they are taken to be 3x3. Shown in: 03_cnn/02_architectures.
    """

    def __init__(self, planes: int = 49, filters: int = 192) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *trunk(planes, filters),
            nn.Conv2d(filters, 1, 1),  # layer 13
            nn.Flatten(),  # (B, 361)
            nn.Linear(19 * 19, 256),  # layer 14: from here on each unit sees the whole board
            nn.ReLU(inplace=True),
            nn.Linear(256, 1),
            nn.Tanh(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).squeeze(1)  # (B,)
