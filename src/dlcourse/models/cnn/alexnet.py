"""AlexNet: five convolutions and three linear layers, trained on two graphics cards in 2012.

Parameter names and sizes are torchvision's `alexnet`, which follows Krizhevsky 2014 ("One weird trick
for parallelizing convolutional neural networks"): one column of 64-192-384-256-256 filters. The net of
2012 has 96-256-384-384-256 in two columns, one a card, which meet in the third layer only.
"""

from torch import Tensor, nn

from dlcourse.models.cnn.initial import kaiming


class AlexNet(nn.Module):
    """Classify images (B, in_channels, H, W) into `classes`; returns logits (B, classes).

    `widths` are the filters of the five convolutions, `hidden` the units of two linear layers, `grid`
    the side of the map that they read. `small` is for pictures of about 32 pixels a side: the first
    filters are 5x5 at stride 1, where 224 pixels want 11x11 at stride 4. Krizhevsky, Sutskever and
    Hinton 2012, figure 2. Shown in: 03_cnn/02_architectures.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        classes: int = 1000,
        widths: tuple[int, int, int, int, int] = (64, 192, 384, 256, 256),
        hidden: int = 4096,
        grid: int = 6,
        dropout: float = 0.5,
        small: bool = False,
    ) -> None:
        super().__init__()
        w1, w2, w3, w4, w5 = widths
        stem = {"kernel_size": 5, "padding": 2} if small else {"kernel_size": 11, "stride": 4, "padding": 2}  # fmt: skip
        self.features = nn.Sequential(  # in brackets: the side of the map, from 224 pixels
            nn.Conv2d(in_channels, w1, **stem),  # (55)
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
        self.avgpool = nn.AdaptiveAvgPool2d(grid)  # changes nothing at 224 pixels
        self.classifier = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(w5 * grid * grid, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, classes),
        )
        kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.avgpool(self.features(x))  # (B, w5, grid, grid)
        return self.classifier(x.flatten(1))  # (B, classes)


def alexnet() -> AlexNet:
    """Build AlexNet at its published size: 61,100,840 parameters, images of 224x224."""
    return AlexNet()
