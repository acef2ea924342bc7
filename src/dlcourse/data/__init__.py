"""Data sets. `load_*` works offline; `fetch_*` downloads once, checks the hash, and keeps a copy.

Images are float32 in [0, 1]; batches are (B, C, H, W). `card(name)` says where a set is from.
"""

from dlcourse.data import (
    knowledge,
    molecules,
    patches,
    reading,
    scenes,
    sentiment,
    translation,
)
from dlcourse.data.cards import CARDS, Card, card
from dlcourse.data.checkpoint import checkpoint, checkpoint_card
from dlcourse.data.manual import load_docstrings, load_manual
from dlcourse.data.mnist import fetch_mnist, load_mnist
from dlcourse.data.photos import PHOTOS, load_faces, load_photo, photo_tensor
from dlcourse.data.shakespeare import fetch_tinyshakespeare

__all__ = [
    "CARDS",
    "PHOTOS",
    "Card",
    "card",
    "checkpoint",
    "checkpoint_card",
    "fetch_mnist",
    "fetch_tinyshakespeare",
    "knowledge",
    "load_docstrings",
    "load_faces",
    "load_manual",
    "load_mnist",
    "load_photo",
    "molecules",
    "patches",
    "photo_tensor",
    "reading",
    "scenes",
    "sentiment",
    "translation",
]
