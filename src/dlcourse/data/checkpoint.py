"""Stored weights, each from a script of `scripts/train/` that anyone can run again."""

import json
from importlib.resources import files
from typing import TYPE_CHECKING

from dlcourse.runtime import CourseError

if TYPE_CHECKING:
    from torch import Tensor

FOLDER = files("dlcourse") / "checkpoints"


def checkpoint(name: str) -> "dict[str, Tensor]":
    """Return the state dict of a checkpoint as float32, ready for `load_state_dict`.

    It is `checkpoints/<name>.safetensors`, where the weights may be stored as float16. Raises
    CourseError for a name that is not there. `checkpoint_card(name)` says how it was made.
    """
    from safetensors.torch import load

    checkpoint_card(name)
    weights = load((FOLDER / f"{name}.safetensors").read_bytes())
    return {key: w.float() if w.is_floating_point() else w for key, w in weights.items()}


def checkpoint_card(name: str) -> dict:
    """Return how a checkpoint was made: its script, seed, metrics and the file's sha256."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        there = sorted(file.name[:-5] for file in FOLDER.iterdir() if file.name.endswith(".json"))
        raise CourseError(f"no checkpoint is called {name!r}; there are: {', '.join(there)}")
    return json.loads(path.read_text(encoding="utf-8"))
