"""Figures: one style, one way to show them with alt text, and the pictures that lessons draw twice.

Every figure goes through `show`, which takes a description for readers who cannot see it.
Functions that draw return the `Figure`; they take arrays or tensors and never train or load.
"""

import base64
import html
import io
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

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
STYLE = {
    "figure.dpi": 96,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "image.cmap": "gray",
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "axes.prop_cycle": matplotlib.cycler(color=list(PALETTE.values()))
    + matplotlib.cycler(linestyle=STROKES),
}


def new(
    rows: int = 1, columns: int = 1, *, width: float = 7.0, height: float = 3.2, **kwargs
) -> tuple[Figure, np.ndarray]:
    """Make a figure in the course's style, inches wide and high, with a (rows, columns) array of axes.

    The figure belongs to nobody's global state, so that a widget's callback may draw it too.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False, **kwargs)
    return figure, axes


def encode(picture, *, photograph: bool = False) -> bytes:
    """Encode a figure or an array as PNG, or as JPEG of quality 85 if it is a photograph.

    An array is (H, W) or (H, W, 3), floats in [0, 1] or uint8.
    """
    if isinstance(picture, Figure):
        buffer = io.BytesIO()
        with matplotlib.rc_context(STYLE):
            picture.savefig(buffer, format="rgba", dpi=picture.dpi)
        columns, rows = picture.canvas.get_width_height()
        pixels = np.frombuffer(buffer.getvalue(), np.uint8).reshape(rows, columns, 4)[..., :3]
    else:
        pixels = np.asarray(picture)
        if pixels.dtype != np.uint8:
            pixels = (np.clip(pixels, 0, 1) * 255).round().astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    buffer = io.BytesIO()
    if photograph:
        image.convert("RGB").save(buffer, "JPEG", quality=85)
    else:
        # 256 colours are enough for lines and text, and halve the notebook.
        if image.mode == "RGB":
            image = image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def mimebundle(picture: bytes, alt: str, text: str = "") -> dict[str, str]:
    """Return a notebook output for an encoded picture: the bytes, an `<img alt>`, and plain text.

    The picture stands beside an `<img alt>` because no reader honours alt text in any other form.
    Raises ValueError when `alt` is empty.
    """
    if not alt.strip():
        raise ValueError("alt: say in a sentence what the figure shows, for readers who cannot see it")
    mime = "image/jpeg" if picture[:2] == b"\xff\xd8" else "image/png"
    data = base64.b64encode(picture).decode()
    return {
        mime: data,
        "text/html": f'<img alt="{html.escape(alt)}" src="data:{mime};base64,{data}">',
        "text/plain": text or f"Figure: {alt}",
    }


def show(picture, *, alt: str, photograph: bool = False) -> None:
    """Display a figure, or an (H, W[, 3]) array, with alt text.

    `alt` is one sentence that tells a reader who cannot see the figure what it shows.
    """
    from IPython.display import display

    display(mimebundle(encode(picture, photograph=photograph), alt), raw=True)
