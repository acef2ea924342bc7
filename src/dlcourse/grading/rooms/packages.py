"""Where this Python's packages are: which of their folders a room sees, and what it would miss."""

import os
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

NAMES = ("site-packages", "dist-packages")  # as Python and Debian call what holds packages alone


def folders() -> list[str]:
    """Return the folders of packages on Python's path, but none in the home or the current folder.

    A `.pth` file may name a folder anywhere, and one of another name may hold more than packages.
    """
    private = [path for path in (Path.home(), Path.cwd()) if path != Path("/")]
    named = [Path(path) for path in sys.path if os.path.basename(path) in NAMES]
    return [str(path) for path in named if not any(map(path.resolve().is_relative_to, private))]


def find_unseen(visible: Sequence[str], names: Iterable[str]) -> str:
    """Say which of these modules a room with these folders could not import; '' if it can all."""
    for name in sorted({*names}):
        if name in sys.modules:
            file = getattr(sys.modules[name], "__file__", None)
        else:
            found = find_spec(name)
            file = found.origin if found and found.has_location else None
        if not file or not os.path.isabs(file):  # torch makes up names of files
            continue
        if not any(map(Path(file).is_relative_to, visible)):
            return f"{name} comes from {file}, which rooms do not see: install it into {sys.prefix}"
    return ""
