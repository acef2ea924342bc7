"""VGG: nothing but 3x3 convolutions, in stages that end in a 2x2 pooling."""

from collections.abc import Sequence

from torch import Tensor, nn

from dlcourse.models.cnn.initial import kaiming


class VGG(nn.Module):
    """Classify images (B, in_channels, H, W) into `classes`; returns logits (B, classes).

    `stages` has one tuple a stage, of the filters of its 3x3 convolutions; each stage halves the side.
    `hidden` are the units of two linear layers, `grid` the side of the map that they read. Parameter
    names are torchvision's. Simonyan and Zisserman 2015, table 1. Shown in: 03_cnn/02_architectures.
    """

    def __init__(
        self,
        stages: Sequence[Sequence[int]],
        *,
        in_channels: int = 3,
        classes: int = 1000,
        hidden: int = 4096,
        grid: int = 7,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for stage in stages:
            for channels in stage:
                layers += [nn.Conv2d(in_channels, channels, 3, padding=1), nn.ReLU(inplace=True)]
                in_channels = channels
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(grid)  # changes nothing at 224 pixels
        self.classifier = nn.Sequential(
            nn.Linear(in_channels * grid * grid, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, classes),
        )
        kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.avgpool(self.features(x))  # (B, channels of the last stage, grid, grid)
        return self.classifier(x.flatten(1))  # (B, classes)


def vgg16() -> VGG:
    """Build VGG-16, column D of the paper: 138,357,544 parameters, images of 224x224."""
    return VGG([(64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3])
