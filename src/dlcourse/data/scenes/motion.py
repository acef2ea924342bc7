"""Short clips of one person who does something that no single frame can tell."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dlcourse.data.scenes import places
from dlcourse.data.scenes.figures import person
from dlcourse.data.scenes.names import COLOURS, PLACES
from dlcourse.data.scenes.render import Sketch, paint

# Each action stands beside what it is when its film runs backwards.
ACTIONS = ("steps to our right", "steps to our left", "raises the arms", "lowers the arms")
ACTIONS += ("crouches", "stands up", "throws a ball", "catches a ball")
SHIRTS = torch.tensor(
    [COLOURS[name] for name in ("red", "orange", "yellow", "green", "blue", "purple")]
)
BACKWARDS = 0.5  # share of clips shown backwards


@dataclass(frozen=True)
class Clips:
    """B clips of T frames."""

    frames: Tensor  # (B, T, 3, H, W) in [0, 1]
    labels: Tensor  # (B,) int64 into ACTIONS

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index) -> "Clips":
        return Clips(self.frames[index], self.labels[index])


def clips(n: int, frames: int = 8, size: int = 32, seed: int = 0) -> Clips:
    """Return n clips of people; equal seeds give equal ones. `size` is a multiple of 8.

    Every clip is drawn as the first of a pair of ACTIONS, and a coin decides whether it is shown
    backwards and is the second: the frames of both, taken one by one, are exactly alike.

    Card: `data.card("motion")`. Shown in: 03_cnn/08_beyond_photographs.
    """
    generator = torch.Generator().manual_seed(seed)
    kind = torch.randint(0, 4, (n,), generator=generator)
    backwards = torch.rand(n, generator=generator) < BACKWARDS
    place = torch.randint(0, len(PLACES), (n,), generator=generator)
    u = torch.rand(n, 120, generator=generator)
    background, scenery, horizon, _ = places.background(place, u[:, :80], size)
    behind, _ = paint(background, scenery)
    time = torch.linspace(0, 1, frames).repeat(n)  # (R,), R = n * frames
    u = u[:, 80:].repeat_interleave(frames, 0)
    start, end = 0.3 * u[:, 0], 1 - 0.3 * u[:, 1]
    done = ((time - start) / (end - start)).clamp(0, 1)
    done = (3 - 2 * done) * done**2  # nothing starts or stops at once
    sketch = _act(kind.repeat_interleave(frames), done, u, horizon.repeat_interleave(frames))
    images, _ = paint(behind.repeat_interleave(frames, 0), sketch)
    images = images.reshape(n, frames, 3, size, size)
    images = torch.where(backwards[:, None, None, None, None], images.flip(1), images)
    return Clips(images, 2 * kind + backwards)


def _act(kind: Tensor, done: Tensor, u: Tensor, horizon: Tensor) -> Sketch:
    """Draw people (R,) of whose action the share `done` is over."""
    walks, raises, crouches, throws = (kind == index for index in range(4))
    pose = u[:, 2:18].clone()  # the angles of `figures.skeleton`, then looks
    pose[:, 0] = 0.5 + 0.1 * (pose[:, 0] - 0.5)
    pose[:, 1:5] = 0.15 * pose[:, 1:5]
    pose[:, 5:9] = 0.12 * pose[:, 5:9]
    stride = 0.25 * (2 * math.pi * (1.5 * done + u[:, 18])).sin()
    pose[:, 1] += walks * (0.25 + stride)
    pose[:, 2] += walks * (0.25 - stride)
    pose[:, 5] += raises * done * (0.7 + 0.2 * u[:, 19])
    pose[:, 6] += raises * done * (0.7 + 0.2 * u[:, 20])
    pose[:, 1:3] += (crouches * done * (1.1 + 0.3 * u[:, 21]))[:, None]
    pose[:, 3:5] += (crouches * done * 0.75)[:, None]
    swing = (done / 0.4).clamp(0, 1)  # the arm goes first, then the ball
    pose[:, 5] += throws * swing * (0.65 + 0.15 * u[:, 22])
    way = walks * (done - 0.5) * (0.4 + 0.2 * u[:, 23])
    x = torch.where(throws, 0.36, 0.5) + 0.12 * (u[:, 24] - 0.5) + way
    y = 0.94 + 0.04 * (u[:, 25] - 0.5)
    sketch = Sketch(len(u), x=x, y=y, scale=0.66 + 0.1 * u[:, 26])
    shirt = SHIRTS[(u[:, 27] * len(SHIRTS)).long()]
    sketch.ellipse(0.0, 0.0, 0.24, 0.035, (0.1, 0.1, 0.15), soft=0.06, opacity=0.35)
    hand = person(sketch, shirt, pose, 1.0)[:, 10]
    flight = ((done - 0.4) / 0.6).clamp(0, 1)
    ball_x = hand[:, 0] + 0.48 * flight
    ball_y = hand[:, 1] - 0.05 + (0.5 * flight**2 - 0.45 * flight) * (1 + 0.5 * u[:, 28])
    sketch.ellipse(
        ball_x, ball_y, 0.075, 0.075, (0.95, 0.45, 0.12), shade=0.3, edge=0.3, only=throws
    )
    return sketch
