"""Folders that are replaced whole or not at all."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(folder: Path) -> Iterator[None]:
    """Have the block make a folder anew; the old one comes back if the block fails.

    If the process is killed, the old one comes back when the next such block begins.
    """
    old = folder.with_name(f".{folder.name}.old")
    if old.exists():
        _put_back(old, folder)
    if folder.exists():
        folder.rename(old)
    try:
        yield
    except BaseException:
        _put_back(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _put_back(old: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if old.exists():
        old.rename(folder)
