"""AlexNet: five convolutions and three linear layers, trained on two graphics cards in 2012.

Parameter names and sizes are torchvision's `alexnet`, which follows Krizhevsky 2014 ("One weird
trick for parallelizing convolutional neural networks"): one column of 64-192-384-256-256 filters.
The net of 2012 has 96-256-384-384-256 in two columns, one a card, which meet in the third layer
only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from dlcourse.models import published
from dlcourse.models.initial import kaiming


@dataclass(frozen=True)
class AlexNetConfig:
    """The sizes of an AlexNet; the defaults are the published ones."""

    channels: int = 3  # of the picture
    classes: int = 1000
    widths: tuple[int, int, int, int, int] = (64, 192, 384, 256, 256)  # filters of each convolution
    hidden: int = 4096  # units of each of two linear layers
    grid: int = 6  # side of the map that they read
    dropout: float = 0.5
    # For pictures of about 32 pixels a side: 5x5 filters at stride 1 come first.
    small: bool = False

    @classmethod
    def published(cls, name: str) -> "AlexNetConfig":
        """Return the sizes of "alexnet": 61,100,840 parameters, pictures of 224x224."""
        return cls(**published.choose("AlexNet", name, {"alexnet": {}}))


class AlexNet(nn.Module):
    """Classify images (B, channels, H, W) into `classes`; returns logits (B, classes).

    Krizhevsky, Sutskever and Hinton 2012, figure 2. Shown in: 03_cnn/02_architectures.
    """

    def __init__(self, config: AlexNetConfig) -> None:
        super().__init__()
        self.config = c = config
        w1, w2, w3, w4, w5 = c.widths
        k, stride = (5, 1) if c.small else (11, 4)
        self.features = nn.Sequential(  # in brackets: the side of the map, from 224 pixels
            nn.Conv2d(c.channels, w1, k, stride, padding=2),  # (55)
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),  # (27), windows overlap
            nn.Conv2d(w1, w2, kernel_size=5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),  # (13)
            nn.Conv2d(w2, w3, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(w3, w4, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(w4, w5, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),  # (6)
        )
        self.avgpool = nn.AdaptiveAvgPool2d(c.grid)  # changes nothing at 224 pixels
        self.classifier = nn.Sequential(
            nn.Dropout(c.dropout),
            nn.Linear(w5 * c.grid**2, c.hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(c.dropout),
            nn.Linear(c.hidden, c.hidden),
            nn.ReLU(inplace=True),
            nn.Linear(c.hidden, c.classes),
        )
        kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.avgpool(self.features(x))  # (B, w5, grid, grid)
        return self.classifier(x.flatten(1))  # (B, classes)

    def load_published(self, state_dict: Mapping[str, Tensor]) -> None:
        """Copy in the weights of torchvision's file; CourseError names the first wrong key."""
        published.load(self, state_dict, [])
