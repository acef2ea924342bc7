"""Seeds, devices, folders and the one switch between a live reader and a build."""

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def static() -> bool:
    """Say whether nobody is looking: a build, CI or grading (`DLCOURSE_STATIC=1`).

    Only display and progress may ask; what is computed must never depend on it.
    """
    return os.environ.get("DLCOURSE_STATIC", "") not in ("", "0")


def set_seed(seed: int = 0) -> None:
    """Seed Python's, NumPy's and PyTorch's global generators with one non-negative number."""
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def pick_device() -> "torch.device":
    """Return the fastest device present: CUDA, then Apple's GPU, then the CPU."""
    import torch

    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def data_home() -> Path:
    """Return the folder for downloads: `DLCOURSE_DATA`, else the system's cache folder.

    The folder is not made here; `data.fetch_*` makes it when it first writes.
    """
    import pooch

    chosen = os.environ.get("DLCOURSE_DATA")
    return Path(chosen).expanduser() if chosen else Path(pooch.os_cache("dlcourse"))


def installation(extra: str) -> str:
    """Return the command that installs what an extra of pyproject.toml names.

    The course is installed from its own folder, never by name: nobody promises whose name that is.
    """
    return f"pip install -e '.[{extra}]' (in the course's folder)"


class CourseError(ValueError):
    """A mistake that the reader can mend: the message says how, and no traceback is shown.

    Whatever a reader's call can cause raises this; a plain ValueError is a mistake of the course's.
    """

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython prints instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]
