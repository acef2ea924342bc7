"""Pictures as notebook outputs, with a description for readers who cannot see them."""

import base64
import html
import io
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from dlcourse.runtime import CourseError


def encode(picture, *, photograph: bool = False, quick: bool = False) -> bytes:
    """Encode a figure or an array as PNG, or as JPEG of quality 80 if it is a photograph.

    An array is (H, W) or (H, W, 3), floats in [0, 1] or uint8. `quick` saves most of a PNG's time
    for half as many bytes again: for a picture that a hand waits for.
    """
    if isinstance(picture, Figure):
        canvas: Any = picture.canvas  # Agg's
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    else:
        pixels = np.asarray(picture)
        if pixels.dtype != np.uint8:
            pixels = (np.clip(pixels, 0, 1) * 255).round().astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    buffer = io.BytesIO()
    if photograph:
        image.convert("RGB").save(buffer, "JPEG", quality=80)
    else:
        # 256 colours are enough for lines and text, and halve the notebook.
        if image.mode == "RGB":
            image = image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        image.save(buffer, "PNG", **({"compress_level": 1} if quick else {"optimize": True}))
    return buffer.getvalue()


def mimebundle(picture: bytes, alt: str, text: str = "") -> dict[str, str]:
    """Return a notebook output for a PNG, JPEG or SVG: the picture, an `<img alt>`, and plain text.

    The picture stands beside an `<img alt>` because no reader honours alt text in any other form.
    Raises CourseError when `alt` is empty.
    """
    if not alt.strip():
        raise CourseError(
            "alt: say in a sentence what the figure shows, for readers who cannot see it"
        )
    data, style = base64.b64encode(picture).decode(), ""
    if picture[:4] == b"<svg":
        mime, style = "image/svg+xml", ' style="max-width:100%"'
    else:
        mime = "image/jpeg" if picture[:2] == b"\xff\xd8" else "image/png"
    return {
        mime: picture.decode() if style else data,
        "text/html": f'<img alt="{html.escape(alt)}"{style} src="data:{mime};base64,{data}">',
        "text/plain": text or f"Figure: {alt}",
    }


def show(picture, *, alt: str, photograph: bool = False) -> None:
    """Display a figure, or an (H, W[, 3]) array, with alt text.

    `alt` is one sentence that tells a reader who cannot see the figure what it shows.
    """
    from IPython.display import display

    display(mimebundle(encode(picture, photograph=photograph), alt), raw=True)
