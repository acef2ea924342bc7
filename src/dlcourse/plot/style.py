"""One style for all figures: colours, strokes, sizes."""

from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

# Okabe and Ito (2008): eight colours that readers with any colour vision can tell apart.
PALETTE = {
    "blue": "#0072B2",
    "orange": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "yellow": "#E69F00",
    "sky": "#56B4E9",
    "black": "#000000",
}
# Lines differ in stroke as well as in colour, so that a grey print still tells them apart.
STROKES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2))]
# Blue below zero, white at zero, orange above: also told apart by readers who see no red or green.
SIGNED = LinearSegmentedColormap.from_list(
    "signed", [PALETTE["blue"], "#FFFFFF", PALETTE["orange"]]
)
STYLE: dict[Any, Any] = {
    "figure.dpi": 96,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titley": 1.0,  # on the axes; "automatic" measures every tick first, half a picture's time
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "image.cmap": "gray",
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "axes.prop_cycle": cycler(color=list(PALETTE.values())) + cycler(linestyle=STROKES),
}
# Importing this module sets the style, for a cell's own figures too.
matplotlib.rcParams.update(STYLE)


def new(
    rows: int = 1, columns: int = 1, *, width: float = 7.0, height: float = 3.2, **kwargs
) -> tuple[Figure, np.ndarray]:
    """Make a figure in the course's style, in inches, with a (rows, columns) array of axes.

    The figure belongs to nobody's global state, so that a widget's callback may draw it too.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False, **kwargs)


def reuse_layout(figure: Figure, known: dict) -> None:
    """Place the axes as in an earlier figure of the same size and labels, if `known` has one.

    Finding their places takes a third of drawing: enough for a hand on a slider to feel.
    """
    key = (*figure.get_size_inches(), figure.get_suptitle())
    for axis in figure.axes:
        lines = axis.get_title().count("\n"), bool(axis.get_title())
        key += (axis.axison, lines, axis.get_xlabel(), axis.get_ylabel())
        key += (axis.get_xlim(), axis.get_ylim())
    if key not in known:
        if engine := figure.get_layout_engine():
            engine.execute(figure)
        known[key] = [axis.get_position(original=True) for axis in figure.axes]
    figure.set_layout_engine("none")
    for axis, place in zip(figure.axes, known[key], strict=True):
        axis.set_position(place)
