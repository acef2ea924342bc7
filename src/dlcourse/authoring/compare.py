"""Compare the outputs that a notebook stores with the ones that its cell gives today."""

import base64
import io
import json
import re

import numpy as np
from PIL import Image

ATOL, RTOL = 0.005, 0.02
EXPONENT = r"(?:[eE][-+]?\d+)?"
FLOAT = re.compile(rf"\s*([-+]?(?:\d+\.\d*{EXPONENT}|\.\d+{EXPONENT}|\d+[eE][-+]?\d+))")
NUMBER = re.compile(rf"\s*([-+]?(?:\d+\.?\d*|\.\d+){EXPONENT})")
EMBEDDED = re.compile(r"data:image/[a-z]+;base64,([A-Za-z0-9+/=]+)")
# Pictures of untagged cells are compared as grey thumbnails: only what is drawn counts, not fonts.
THUMBNAIL, LEVELS = (16, 16), 40


def differences(stored: list, fresh: list, tags=()) -> list[str]:
    """Return one line per difference between two lists of outputs, [] when they compare equal.

    Untagged cells are strict but for floats, `trained` ones may change their numbers and the
    content of pictures, `measured` ones all but the kinds. No picture may be broken or blank.
    """
    found = [f"stored: {fault}" for fault in image_faults(stored)]
    found += [f"fresh: {fault}" for fault in image_faults(fresh)]
    if kinds(stored) != kinds(fresh):
        return [*found, f"outputs were {kinds(stored)}, are {kinds(fresh)}"]
    if "measured" in tags:
        return found
    trained = "trained" in tags
    for old, new in zip(texts(stored), texts(fresh)):
        if not same_text(old, new, numbers=not trained):
            found.append(f"text was {clip(old)}, is {clip(new)}")
    pairs = list(zip(images(stored), images(fresh)))
    if not found and not trained and not all(same_image(old, new) for old, new in pairs):
        found.append("a picture is drawn otherwise")
    return found


def kinds(outputs: list) -> list[str]:
    """Name each output: its stream, or its MIME types."""
    return [
        output.get("name") or "+".join(sorted(output.get("data", {}))) or output["output_type"]
        for output in outputs
    ]


def texts(outputs: list) -> list[str]:
    """Return all text of the outputs, embedded pictures masked."""
    found = []
    for output in outputs:
        data = {kind: value for kind, value in output.get("data", {}).items() if not is_image(kind)}
        for value in [output.get("text", ""), *(data[kind] for kind in sorted(data))]:
            text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
            found.append(EMBEDDED.sub("PICTURE", text))
    return found


def same_text(old: str, new: str, numbers: bool) -> bool:
    """Compare two texts; floats may differ within the tolerance, all numbers if not `numbers`."""
    pattern = FLOAT if numbers else NUMBER
    old_words, new_words = (" ".join(pattern.sub("#", text).split()) for text in (old, new))
    if old_words != new_words:
        return False
    if not numbers:
        return True
    old_floats, new_floats = (np.array(FLOAT.findall(text), float) for text in (old, new))
    return np.allclose(new_floats, old_floats, rtol=RTOL, atol=ATOL)


def is_image(kind: str) -> bool:
    """Say whether a MIME type holds pixels."""
    return kind.startswith("image/") and kind != "image/svg+xml"


def images(outputs: list) -> list[str]:
    """Return each picture once, in base64, be it an output of its own or embedded in HTML."""
    found = {}
    for output in outputs:
        for kind, value in output.get("data", {}).items():
            if is_image(kind):
                found[value.replace("\n", "")] = None
            elif kind == "text/html":
                found |= dict.fromkeys(EMBEDDED.findall(value))
    return list(found)


def decode(picture: str) -> np.ndarray:
    """Decode base64 into (H, W, 3) uint8."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB"))


def image_faults(outputs: list) -> list[str]:
    """Return one line per picture that does not decode or shows a single colour."""
    faults = []
    for number, picture in enumerate(images(outputs), 1):
        try:
            pixels = decode(picture)
        except (OSError, ValueError, SyntaxError):  # what Pillow raises on broken files
            faults.append(f"picture {number} does not decode")
            continue
        # JPEG may move a single colour by a level or two.
        if np.ptp(pixels.reshape(-1, 3), axis=0).max() < 4:
            faults.append(f"picture {number} is blank (one colour)")
    return faults


def same_image(old: str, new: str) -> bool:
    """Compare two pictures as grey thumbnails."""
    grey = (Image.fromarray(decode(picture)).convert("L") for picture in (old, new))
    thumbnails = (np.asarray(image.resize(THUMBNAIL, Image.Resampling.BOX), int) for image in grey)
    return np.abs(np.subtract(*thumbnails)).max() <= LEVELS


def clip(text: str, length: int = 200) -> str:
    """Quote a text, shortened in the middle."""
    half = length // 2
    return repr(text if len(text) <= length else f"{text[:half]} ... {text[-half:]}")
