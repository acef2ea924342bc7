"""Draw a digit and watch a classifier make up its mind."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
import traitlets
from PIL import Image, ImageDraw

from dlcourse import plot
from dlcourse.runtime import CourseError
from dlcourse.widgets.base import CourseWidget, asset

# The pad is 28 pens wide; its ink is kept at twice that, so that a small digit can be scaled up.
SIDE = 56
BOX, FRAME = 20, 28  # MNIST: the digit fits a 20x20 box inside 28x28


def mnist_frame(pixels) -> torch.Tensor:
    """Fit a drawing (H, W) in [0, 1], white ink on black, into MNIST's frame (28, 28).

    As MNIST was made: the ink is scaled into 20x20, and its centre of mass moved to pixel (14, 14).
    Without ink the frame is black.
    """
    pixels = torch.as_tensor(pixels, dtype=torch.float32)
    frame = torch.zeros(FRAME, FRAME)
    inked = pixels > 0
    if not inked.any():
        return frame
    rows, columns = inked.any(dim=1).nonzero().squeeze(1), inked.any(dim=0).nonzero().squeeze(1)
    ink = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(ink.shape)
    size = [max(1, round(length * scale)) for length in ink.shape]
    ink = F.interpolate(ink[None, None], size=size, mode="bilinear", antialias=True)[0, 0]
    ink = ink / ink.max()
    place = []
    for axis, length in enumerate(size):
        weight = ink.sum(dim=1 - axis)
        centre = (weight * torch.arange(length)).sum() / weight.sum()
        place.append(int(torch.clamp(torch.round(FRAME / 2 - centre), 0, FRAME - length)))
    top, left = place
    frame[top : top + size[0], left : left + size[1]] = ink
    return frame


def draw_example() -> np.ndarray:
    """Return a 3 drawn with the pad's own pen, (56, 56) in [0, 1]: two arcs."""
    upper, lower = np.radians(np.linspace(-150, 90, 40)), np.radians(np.linspace(-90, 150, 40))
    x = 27 + np.concatenate([9 * np.cos(upper), 11 * np.cos(lower)])
    y = np.concatenate([18 + 9 * np.sin(upper), 37 + 10 * np.sin(lower)])
    big = Image.new("L", (SIDE * 4, SIDE * 4))
    pen = ImageDraw.Draw(big)
    for u, v in zip(4 * x, 4 * y):
        pen.ellipse((u - 10, v - 10, u + 10, v + 10), fill=255)
    return np.asarray(big.resize((SIDE, SIDE), Image.Resampling.BOX)) / 255


class DigitPad(CourseWidget):
    """Show a pad to draw a digit on, and a classifier's ten probabilities as you draw.

    `classify` takes a float tensor (1, 1, 28, 28) in [0, 1], framed by `mnist_frame`, and returns
    ten probabilities. `example` (H, W) in [0, 1] is the digit on the pad at the start, a drawn 3 if
    None. Raises CourseError when `classify` returns anything else.
    """

    _esm = asset("digit_pad.js")
    _css = asset("digit_pad.css")
    hint = "Run this cell, then draw a digit of your own."
    side = traitlets.Int(SIDE).tag(sync=True)
    ink = traitlets.Bytes().tag(sync=True, from_json=lambda value, widget: bytes(value))
    seen = traitlets.Bytes().tag(sync=True)
    probabilities = traitlets.List().tag(sync=True)

    def __init__(self, classify: Callable[[torch.Tensor], torch.Tensor], example=None) -> None:
        self._classify = classify
        pixels = torch.as_tensor(
            draw_example() if example is None else example, dtype=torch.float32
        )
        pixels = F.interpolate(
            pixels.reshape(1, 1, *pixels.shape[-2:]), size=(SIDE, SIDE), mode="bilinear"
        )
        super().__init__(ink=(pixels * 255).round().byte().numpy().tobytes())

    def pixels(self) -> np.ndarray:
        """Return the drawing, (56, 56) in [0, 1]."""
        return np.frombuffer(self.ink, np.uint8).reshape(SIDE, SIDE) / 255

    def update(self) -> None:
        """Frame the drawing into `seen` and classify it into `probabilities`."""
        frame = mnist_frame(self.pixels())
        self.seen = (frame * 255).round().byte().numpy().tobytes()
        if not frame.any():
            self.probabilities = [0.0] * 10
            self.alt = self.status = "The pad is empty. Draw a digit."
            return
        with torch.no_grad():
            answer = torch.as_tensor(self._classify(frame[None, None])).float().flatten()
        if answer.shape != (10,) or not torch.isclose(answer.sum(), torch.tensor(1.0), atol=1e-3):
            raise CourseError(
                "classify must return 10 probabilities that add up to 1 (softmax of the logits); "
                f"got {answer.numel()} numbers that add up to {answer.sum():.3g}"
            )
        self.probabilities = answer.tolist()
        first, second = answer.topk(2).indices.tolist()
        self.status = (
            f"It sees a {first} ({answer[first]:.0%}), then a {second} ({answer[second]:.0%})."
        )
        self.alt = f"A drawn digit beside ten bars of probability. {self.status}"

    def picture(self) -> bytes:
        """Draw the pad, what the net sees and the bars side by side."""
        figure, [[pad, frame, bars]] = plot.new(1, 3, width=8.4, height=3.0)
        pad.imshow(self.pixels(), cmap="gray")
        pad.set_title("drawn")
        frame.imshow(np.frombuffer(self.seen, np.uint8).reshape(FRAME, FRAME), cmap="gray")
        frame.set_title("what the net sees, 28×28")
        for axes in (pad, frame):
            axes.set_axis_off()
        colours = [plot.PALETTE["sky"]] * 10
        colours[int(np.argmax(self.probabilities))] = plot.PALETTE["blue"]
        bars.barh(range(10), self.probabilities, color=colours)
        bars.set(xlim=(0, 1), yticks=range(10), title="probability")
        bars.invert_yaxis()
        return plot.encode(figure)

    def __repr__(self) -> str:
        return "DigitPad(draw a digit, read ten probabilities)"
