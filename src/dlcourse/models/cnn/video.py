"""Four ways to see a clip: by frames, as channels, in space and time, and in two streams."""

from torch import Tensor, nn

from dlcourse.models.layers import convolution


def flat_net(channels: int, classes: int, widths: tuple[int, int, int]) -> nn.Sequential:
    """Return a small net for pictures (B, channels, H, W): three 3x3 convolutions."""
    layers, before = [], channels
    for index, width in enumerate(widths):
        layers += convolution(before, width, stride=2 if index == 0 else 1)
        layers += [nn.MaxPool2d(2)] if index < 2 else []
        before = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes))


class FrameByFrame(nn.Module):
    """Classify each frame (B, T, 3, H, W) by itself, and average: blind to their order."""

    def __init__(self, classes: int, widths: tuple[int, int, int] = (12, 24, 32)) -> None:
        super().__init__()
        self.net = flat_net(3, classes, widths)

    def forward(self, clips: Tensor) -> Tensor:
        B, T = clips.shape[:2]
        return self.net(clips.flatten(0, 1)).unflatten(0, (B, T)).mean(dim=1)  # (B, classes)


class EarlyFusion(nn.Module):
    """Classify a clip as one picture of 3 T channels: its first filters see all times at once.

    Karpathy et al. 2014, "early fusion".
    """

    def __init__(
        self, frames: int, classes: int, widths: tuple[int, int, int] = (24, 48, 96)
    ) -> None:
        super().__init__()
        self.net = flat_net(3 * frames, classes, widths)

    def forward(self, clips: Tensor) -> Tensor:
        return self.net(clips.flatten(1, 2))


class C3D(nn.Module):
    """Classify a clip by filters over 3 frames x 3 x 3 pixels. Tran et al. 2015, made small.

    The published net has eight such convolutions, 64 to 512 filters, on 16 frames of 112 x 112; as
    there, the first pooling leaves time alone.
    """

    def __init__(self, classes: int, widths: tuple[int, int, int] = (8, 16, 32)) -> None:
        super().__init__()
        (a, b, c), flat = widths, (1, 2, 2)  # strides in time, height, width
        self.net = nn.Sequential(
            *convolution(3, a, stride=flat, dims=3), nn.MaxPool3d(flat),
            *convolution(a, b, dims=3), nn.MaxPool3d(2),
            *convolution(b, c, dims=3),
            nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(c, classes),
        )  # fmt: skip

    def forward(self, clips: Tensor) -> Tensor:
        return self.net(clips.transpose(1, 2))  # (B, 3, T, H, W): colour is the channel


class TwoStream(nn.Module):
    """Classify a clip by what is there (one frame) and by what changes (differences), averaged.

    Simonyan and Zisserman 2014 give the second stream optical flow; differences of frames are its
    cheapest stand-in.
    """

    def __init__(
        self, frames: int, classes: int,
        look: tuple[int, int, int] = (16, 32, 48), move: tuple[int, int, int] = (20, 40, 80),
    ) -> None:  # fmt: skip
        super().__init__()
        self.look = flat_net(3, classes, look)
        self.move = flat_net(3 * (frames - 1), classes, move)

    def forward(self, clips: Tensor) -> Tensor:
        change = clips.diff(dim=1).flatten(1, 2)  # (B, 3 (T - 1), H, W)
        return (self.look(clips[:, clips.shape[1] // 2]) + self.move(change)) / 2
