"""Architectures as boxes and arrows, with the shapes that the real net gives.

A figure is written as it flows: a list is one after another, a tuple is side by side, and an empty
list in a tuple is a path without a box, such as a shortcut.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from torch import Tensor, nn

from dlcourse.models.summary import ports
from dlcourse.plot import svg
from dlcourse.plot.output import mimebundle
from dlcourse.plot.svg import FONT, LINE
from dlcourse.runtime import CourseError

CHARACTER = 0.6 * FONT  # room for one: wider than the mean of any usual sans-serif
INSET, SIDE, GAP = 8, 12, 26  # around text; between branches; for an arrow
FRAME = GAP / 2 + 5  # so that what forks in a frame forks below the frame's edge
KINDS = ["Conv", "Linear", "Attention", "Norm", "Embedding", ""]  # in the name of a module's class
COLOURS = ["#CFE3F5", "#FBDCC8", "#CDEEE2", "#FBF0C4", "#F3D9E8", "#E8E8E8"]
Figure: TypeAlias = "str | Block | Frame | list[Figure] | tuple[Figure, ...]"


@dataclass(frozen=True, eq=False)
class Block:
    """A box: a label, and the shape of what leaves the module `of`, or of what enters `into`.

    Modules are named as in `named_modules`; `part` counts the tensors, where there are several.
    An arrow comes from the block `also`, which stands further to the left in the figure.
    """

    label: str  # with line breaks where it is too wide; of one character: a circle
    of: str | None = None
    into: str | None = None
    part: int = 0
    also: "Block | None" = None


@dataclass(frozen=True, eq=False)
class Frame:
    """A dashed frame around a part of the figure, with a label: "6 ×" for what is repeated."""

    label: str
    inside: Figure


@dataclass(frozen=True)
class Drawing:
    """An SVG and its description; as the last expression of a cell it is shown with both."""

    svg: str
    alt: str

    def _repr_mimebundle_(self, **_) -> dict[str, str]:
        return mimebundle(self.svg.encode(), self.alt)


def blocks(
    title: str, figure: Figure, model: nn.Module | None = None, *inputs: Tensor, run=None, up=False
) -> Drawing:
    """Draw a figure of Blocks and Frames, from the top down or, with `up`, from the bottom up.

    A string is a Block without a shape. Shapes are of one example, in a run of `model` on `inputs`;
    see `summary.ports`, also for `run`. Raises CourseError for a module that has not run. Shown in:
    03_cnn/01_convolution, 06_transformer/03_transformer.

    >>> net = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 4))
    >>> part = [Block("x", into=""), ([Block("up", "0"), Block("down", "1")], []), "+"]
    >>> blocks("A net", part, net, Tensor(1, 4)).alt
    'A net: x (4), then side by side [up (8), then down (4)] and [a path past it], then +.'
    """
    plan = _Plan(model, ports(model, *inputs, run=run) if model else {})
    figure = plan.read(figure)
    left, right, height = plan.size(figure)
    plan.place(figure, left + 1, 1)
    alt = f"{title}: {plan.say(figure)}."
    return Drawing(svg.write(alt, left + right + 2, height + 2, plan.paths, plan.boxes, up=up), alt)


class _Plan:
    """Where everything stands, in pixels: boxes (x, y, width, height), y downwards, and paths."""

    def __init__(self, model: nn.Module | None, known: dict) -> None:
        self.model, self.known = model, known
        self.boxes, self.paths, self.at = [], [], {}  # as svg.write takes them; Blocks' last places

    def read(self, figure: Figure) -> Figure:
        """Return the figure with a Block for each string."""
        if isinstance(figure, Frame):
            return Frame(figure.label, self.read(figure.inside))
        if isinstance(figure, list | tuple):
            return type(figure)(map(self.read, figure))
        return Block(figure) if isinstance(figure, str) else figure

    def text(self, block: Block) -> list[str]:
        """Return the lines of a block, the last its shape if it names a module."""
        side, name = ("into", block.into) if block.of is None else ("of", block.of)
        lines = block.label.split("\n")
        if name is None:
            return lines
        shapes = getattr(self.known.get(name), side, [])
        if len(shapes) <= block.part:
            raise CourseError(f"{lines[0]}: no tensor {block.part} {side} the module {name!r}")
        return [*lines, " × ".join(map(str, shapes[block.part])) or "a number"]

    def size(self, figure: Figure) -> tuple[float, float, float]:
        """Return how far a part reaches to the left and to the right of its axis, and down."""
        if isinstance(figure, Block):
            lines = self.text(figure)
            half, height = CHARACTER * max(map(len, lines)) / 2 + INSET, LINE * len(lines) + INSET
            return (height / 2, height / 2, height) if half < height / 2 else (half, half, height)
        if isinstance(figure, Frame):
            left, right, height = self.size(figure.inside)
            left = max(left + FRAME, CHARACTER * len(figure.label) + 3 * INSET)
            return left, right + FRAME, height + 2 * FRAME + LINE
        if not figure:
            return SIDE, SIDE, 0
        lefts, rights, heights = zip(*map(self.size, figure), strict=True)
        if isinstance(figure, list):
            return max(lefts), max(rights), sum(heights) + GAP * (len(figure) - 1)
        axes = self.axes(figure)
        return lefts[0] - axes[0], axes[-1] + rights[-1], max(heights)

    def axes(self, branches: Sequence[Figure]) -> list[float]:
        """Return the axes of branches side by side, 0 amid those that have a box."""
        edge, axes = 0.0, []
        for left, right, _ in map(self.size, branches):
            axes.append(edge + left)
            edge += left + right + SIDE
        full = [axis for axis, branch in zip(axes, branches, strict=True) if branch != []]
        return [axis - (full[0] + full[-1]) / 2 for axis in axes]

    def place(self, figure: Figure, x: float, y: float, room: float = 0, low: bool = False):
        """Place a part with its axis at x; return where arrows enter, and (x, y) where they leave.

        An entry is (x, y, y of the arrow's bend, whether it has a head). A Block reaches at least
        `room` to each side; branches end together if they stand `low`, else they begin together.
        """
        left, right, height = self.size(figure)
        if isinstance(figure, Block):
            half = left if height == 2 * left else max(room, left)
            if figure.also:
                start, top, wide, tall = self.at[figure.also]
                edges = [at + w for (at, _, w, _), *_ in self.boxes if at + w <= x - half]
                a, b, lane = top + tall / 2, y + height / 2, max(edges) + SIDE / 2
                self.paths.append(([(start + wide, a), (lane, a), (lane, b), (x - half, b)], True))
            self.at[figure] = x - half, y, 2 * half, height
            self.boxes.append((self.at[figure], self.colour(figure), self.text(figure)))
            return [(x, y, y - GAP / 2, True)], [(x, y + height)]
        if isinstance(figure, Frame):
            label = x - left + 4, y + 4, CHARACTER * len(figure.label) + INSET, LINE
            self.boxes.append(((x - left, y, left + right, height), None, []))
            self.boxes.append((label, COLOURS[-1], [figure.label]))
            enter, leave = self.place(figure.inside, x, y + FRAME + LINE)
            self.join([(x, y)], enter)
            return [(x, y, y - GAP / 2, False)], leave
        if not figure:
            return [(x, y, y - GAP / 2, False)], [(x, y)]
        enter, leave = [], []
        if isinstance(figure, tuple):
            for axis, branch in zip(self.axes(figure), figure, strict=True):
                top = y + height - self.size(branch)[2] if low and branch else y
                come, go = self.place(branch, x + axis, top)
                enter += [(*end[:2], y - GAP / 2, end[3]) for end in come]
                leave += go
            return enter, leave
        room = max((self.size(part)[0] for part in figure if isinstance(part, Block)), default=0)
        for part in figure:
            come, go = self.place(part, x, y, room, low=part is figure[0] and len(figure) > 1)
            self.join(leave, come)
            enter, leave = enter or come, go
            y += self.size(part)[2] + GAP
        return enter, leave

    def join(self, leave: list, enter: list) -> None:
        """Draw a path from each exit to each entry, or one by one where they are as many."""
        pair = zip if len(leave) == len(enter) else product
        for (x, y), (to, end, bend, head) in pair(leave, enter):
            bends = [(x, bend), (to, bend)] if x != to else []
            self.paths.append(([(x, y), *bends, (to, end)], head))

    def say(self, figure: Figure) -> str:
        """Return the figure in words."""
        if isinstance(figure, Block):
            lines = self.text(figure)
            label, shape = " ".join(figure.label.split()), lines[figure.label.count("\n") + 1 :]
            also = f", which also takes {self.say(figure.also)}" if figure.also else ""
            return f"{label} ({shape[0]}){also}" if shape else label + also
        if isinstance(figure, Frame):
            return f"a frame {figure.label!r} with [{self.say(figure.inside)}]"
        if isinstance(figure, list):
            return ", then ".join(map(self.say, figure)) or "a path past it"
        return "side by side " + " and ".join(f"[{self.say(branch)}]" for branch in figure)

    def colour(self, block: Block) -> str:
        """Return the colour of the module that a block names."""
        net = self.model.get_submodule(block.of) if self.model and block.of else None
        kind = type(net).__name__ if net else ""
        return next(c for part, c in zip(KINDS, COLOURS, strict=True) if part in kind)
