"""Figures: one style, one way to show them with alt text, and the pictures that lessons draw twice.

Every figure goes through `show`, which takes a description for readers who cannot see it.
Functions that draw return the `Figure`; they take arrays or tensors and never train or load.
"""

import base64
import html
import io
import time
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

from dlcourse import runtime

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
STYLE = {
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
    "axes.prop_cycle": matplotlib.cycler(color=list(PALETTE.values()))
    + matplotlib.cycler(linestyle=STROKES),
}
matplotlib.rcParams.update(
    STYLE
)  # importing this module sets the style, for a cell's own figures too


def new(
    rows: int = 1, columns: int = 1, *, width: float = 7.0, height: float = 3.2, **kwargs
) -> tuple[Figure, np.ndarray]:
    """Make a figure in the course's style, inches wide and high, with a (rows, columns) array of axes.

    The figure belongs to nobody's global state, so that a widget's callback may draw it too.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False, **kwargs)


def reuse_layout(figure: Figure, known: dict) -> None:
    """Place the axes as in an earlier figure of the same size, limits and labels, if `known` has one.

    Finding their places takes a third of drawing: enough for a hand on a slider to feel.
    """
    key = (*figure.get_size_inches(), figure.get_suptitle())
    for axis in figure.axes:
        lines = axis.get_title().count("\n"), bool(axis.get_title())
        key += (axis.axison, lines, axis.get_xlabel(), axis.get_ylabel())
        key += (axis.get_xlim(), axis.get_ylim())
    if key not in known:
        figure.get_layout_engine().execute(figure)
        known[key] = [axis.get_position(original=True) for axis in figure.axes]
    figure.set_layout_engine("none")
    for axis, place in zip(figure.axes, known[key], strict=True):
        axis.set_position(place)


def encode(picture, *, photograph: bool = False, quick: bool = False) -> bytes:
    """Encode a figure or an array as PNG, or as JPEG of quality 85 if it is a photograph.

    An array is (H, W) or (H, W, 3), floats in [0, 1] or uint8. `quick` saves most of a PNG's time for
    half as many bytes again: for a picture that a hand waits for.
    """
    if isinstance(picture, Figure):
        picture.canvas.draw()
        pixels = np.asarray(picture.canvas.buffer_rgba())[..., :3]
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
        image.save(buffer, "PNG", **({"compress_level": 1} if quick else {"optimize": True}))
    return buffer.getvalue()


def mimebundle(picture: bytes, alt: str, text: str = "") -> dict[str, str]:
    """Return a notebook output for an encoded picture: the bytes, an `<img alt>`, and plain text.

    The picture stands beside an `<img alt>` because no reader honours alt text in any other form.
    Raises ValueError when `alt` is empty.
    """
    if not alt.strip():
        raise ValueError(
            "alt: say in a sentence what the figure shows, for readers who cannot see it"
        )
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


def curves(history, *, title: str = "Training", loss_name: str = "cross-entropy") -> Figure:
    """Draw a `train.History`: the loss of every step and, if any are, the held-out loss and error."""
    panels = 2 if history.val_loss else 1
    figure, axes = new(1, panels, width=4.25 * panels, height=3.1)
    loss_axis = axes[0, 0]
    loss = np.asarray(history.loss)
    loss_axis.plot(
        np.arange(1, len(loss) + 1), loss, color=PALETTE["sky"], alpha=0.5, lw=1, label="one step"
    )
    window = max(1, len(loss) // 40)
    if len(loss) >= 2 * window > 2:
        smooth = np.convolve(loss, np.ones(window) / window, mode="valid")
        loss_axis.plot(
            np.arange(window, len(loss) + 1),
            smooth,
            color=PALETTE["blue"],
            ls="-",
            label=f"mean of {window}",
        )
    if history.val_loss:
        loss_axis.plot(
            history.val_step, history.val_loss, "o--", color=PALETTE["orange"], label="held out"
        )
    loss_axis.set(title="Loss", xlabel="step", ylabel=loss_name, ylim=(0, None))
    if len(loss):
        loss_axis.legend(fontsize=9)
    if history.val_loss:
        error = 100 * (1 - np.asarray(history.val_accuracy))
        axes[0, 1].plot(history.val_step, error, "o--", color=PALETTE["orange"])
        axes[0, 1].set(title="Wrong on held-out examples", xlabel="step", ylabel="%")
        axes[0, 1].set_ylim(0, None)
    figure.suptitle(title)
    return figure


class LiveCurve:
    """Draw a history while `train.fit` runs: pass it as `on_step`.

    It draws twice a second at the most, and takes at most a fifth of the time. In a build nothing is
    shown; draw `curves(history)` afterwards for the record.
    """

    def __init__(self, title: str = "Training, live", loss_name: str = "cross-entropy") -> None:
        self.names = {"title": title, "loss_name": loss_name}
        self.due = 0.0
        self.image = None

    def __call__(self, model, history) -> None:
        start = time.monotonic()
        if runtime.static() or start < self.due:
            return
        if self.image is None:
            import ipywidgets
            from IPython.display import display

            self.image = ipywidgets.Image(format="png", layout={"max_width": "100%"})
            display(self.image)
        self.image.value = encode(curves(history, **self.names))
        end = time.monotonic()
        self.due = end + max(0.5, 4 * (end - start))


def image_grid(images, titles: Sequence[str] = (), *, columns: int = 8, title: str = "") -> Figure:
    """Draw images (N, H, W), (N, 1, H, W) or (N, H, W, 3), floats in [0, 1], in rows of `columns`."""
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
    """Draw filters (N, H, W), blue below zero, white at zero, orange above, on one scale for all."""
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
