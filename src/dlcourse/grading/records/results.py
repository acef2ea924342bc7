"""Finished results, kept by the key of what they were computed from."""

import contextlib
from pathlib import Path

from dlcourse.grading.unit import Result


class Store:
    """One file a result."""

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, key: str) -> Path:
        """Name the file of a key."""
        return self.folder / f"{key}.json"

    def find(self, key: str) -> Result | None:
        """Return the result of a key; None if it is absent or damaged."""
        with contextlib.suppress(OSError, ValueError):
            return Result.read(self.path(key))
