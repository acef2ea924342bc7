"""Pictures that lessons draw twice: grids of images and filters, matrices, bars, boxes."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dlcourse.plot.style import PALETTE, SIGNED, new


def image_grid(images, titles: Sequence[str] = (), *, columns: int = 8, title: str = "") -> Figure:
    """Draw images (N, H, W), (N, 1, H, W) or (N, H, W, 3) in [0, 1], in rows of `columns`."""
    images = np.asarray(images)
    if images.ndim == 4 and images.shape[1] == 1:
        images = images[:, 0]
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    figure, axes = new(
        rows, columns, width=1.05 * columns + 0.4, height=1.3 * rows + (0.4 if title else 0)
    )
    for index, axis in enumerate(axes.flat):
        axis.set_axis_off()
        if index < len(images):
            axis.imshow(images[index], cmap="gray", vmin=0, vmax=1)
        if index < len(titles):
            axis.set_title(titles[index], fontsize=9)
    figure.suptitle(title)
    return figure


def filters(weight, *, title: str = "Filters", columns: int = 8) -> Figure:
    """Draw filters (N, H, W) on one scale: blue below zero, white at zero, orange above."""
    weight = np.asarray(weight)
    columns = min(columns, len(weight))
    rows = -(-len(weight) // columns)
    figure, axes = new(rows, columns, width=1.2 * columns + 0.9, height=1.4 * rows + 0.4)
    limit = np.abs(weight).max()
    for index, axis in enumerate(axes.flat):
        axis.set_axis_off()
        if index < len(weight):
            shown = axis.imshow(weight[index], cmap=SIGNED, vmin=-limit, vmax=limit)
            axis.set_title(f"{index}", fontsize=9)
    figure.colorbar(shown, ax=axes, shrink=0.8)
    figure.suptitle(title)
    return figure


def numbers(axis: Axes, array, *, title: str = "", signed: bool = True) -> None:
    """Draw a small matrix (H, W) as coloured squares with each number written in its square."""
    array = np.asarray(array)
    limit = max(np.abs(array).max(), 1e-9)
    low = -limit if signed else 0
    axis.imshow(array, cmap=SIGNED if signed else "Greys", vmin=low * 1.4, vmax=limit * 1.4)
    for (row, column), value in np.ndenumerate(array):
        axis.text(column, row, f"{value:g}", ha="center", va="center", fontsize=11)
    axis.set(title=title, xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    axis.grid(False)


def bars(axis: Axes, values: Mapping[str, float], *, title: str = "", label: str = "") -> None:
    """Draw named values as horizontal bars, each with its number at the end."""
    drawn = axis.barh(list(values), list(values.values()), color=PALETTE["blue"], height=0.6)
    axis.bar_label(drawn, fmt="%.3g", padding=3)
    axis.invert_yaxis()
    axis.set(title=title, xlabel=label)
    axis.margins(x=0.15)


def boxes(
    axis: Axes, image, boxes, words: Sequence[str] = (), colours: str | Sequence[str] = "white"
) -> None:
    """Draw an image (C, H, W) in [0, 1] and boxes (N, 4) XYXY in its pixels, a word above each."""
    boxes = np.asarray(boxes)
    axis.imshow(np.moveaxis(np.asarray(image), 0, -1))
    axis.set_axis_off()
    colours = [colours] * len(boxes) if isinstance(colours, str) else colours
    for index, (left, top, right, bottom) in enumerate(boxes):
        # The middle of the first pixel is at 0, so its edge is half a pixel before.
        box = Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, fill=False)
        axis.add_patch(box).set(edgecolor=colours[index], linewidth=1.8)
        if index < len(words):
            text = axis.text(left, top - 1.5, words[index], fontsize=8)
            text.set_bbox({"facecolor": "white", "alpha": 0.7, "pad": 0.5, "linewidth": 0})
