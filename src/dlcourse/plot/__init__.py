"""Figures: one style, one way to show them with alt text, and the pictures that lessons draw twice.

Every figure goes through `show`, which takes a description for readers who cannot see it.
Functions that draw return the `Figure`, or draw on an `Axes`; they take arrays or tensors and never
train or load.
"""

from dlcourse.plot.blocks import Block, Frame, blocks
from dlcourse.plot.output import encode, mimebundle, show
from dlcourse.plot.panels import bars, boxes, filters, image_grid, numbers
from dlcourse.plot.style import PALETTE, SIGNED, STROKES, STYLE, new, reuse_layout
from dlcourse.plot.training import LiveCurve, curves

__all__ = [
    "PALETTE",
    "SIGNED",
    "STROKES",
    "STYLE",
    "Block",
    "Frame",
    "LiveCurve",
    "bars",
    "blocks",
    "boxes",
    "curves",
    "encode",
    "filters",
    "image_grid",
    "mimebundle",
    "new",
    "numbers",
    "reuse_layout",
    "show",
]
