"""VGG: nothing but 3x3 convolutions, in stages that end in a 2x2 pooling."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from dlcourse.models import published
from dlcourse.models.initial import kaiming


@dataclass(frozen=True)
class VGGConfig:
    """The sizes of a VGG; the defaults are those of VGG-16, column D of the paper's table 1."""

    channels: int = 3  # of the picture
    classes: int = 1000
    # The filters of each 3x3 convolution of each stage; a stage halves the side.
    stages: tuple[tuple[int, ...], ...] = (
        (64, 64),
        (128, 128),
        (256, 256, 256),
        (512, 512, 512),
        (512, 512, 512),
    )
    hidden: int = 4096  # units of each of two linear layers
    grid: int = 7  # side of the map that they read
    dropout: float = 0.5

    @classmethod
    def published(cls, name: str) -> "VGGConfig":
        """Return the sizes of "vgg16": 138,357,544 parameters, pictures of 224x224."""
        return cls(**published.choose("VGG", name, {"vgg16": {}}))


class VGG(nn.Module):
    """Classify images (B, channels, H, W) into `classes`; returns logits (B, classes).

    Parameter names are torchvision's. Simonyan and Zisserman 2015, table 1.
    Shown in: 03_cnn/02_architectures.
    """

    def __init__(self, config: VGGConfig) -> None:
        super().__init__()
        self.config = c = config
        layers: list[nn.Module] = []
        before = c.channels
        for stage in c.stages:
            for channels in stage:
                layers += [nn.Conv2d(before, channels, 3, padding=1), nn.ReLU(inplace=True)]
                before = channels
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(c.grid)  # changes nothing at 224 pixels
        self.classifier = nn.Sequential(
            nn.Linear(before * c.grid**2, c.hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(c.dropout),
            nn.Linear(c.hidden, c.hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(c.dropout),
            nn.Linear(c.hidden, c.classes),
        )
        kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.avgpool(self.features(x))  # (B, channels of the last stage, grid, grid)
        return self.classifier(x.flatten(1))  # (B, classes)

    def load_published(self, state_dict: Mapping[str, Tensor]) -> None:
        """Copy in the weights of torchvision's file; CourseError names the first wrong key."""
        published.load(self, state_dict, [])
