"""One file from the first of several mirrors that serves it whole."""

import tempfile
from pathlib import Path
from typing import Any

import pooch
import requests

from dlcourse.runtime import CourseError, data_home

TIMEOUT_S = 30  # of silence; a slow download may take longer


def fetch(name: str, known_hash: str, mirrors: list[str], *, instead: str) -> Path:
    """Return the path of file `name` in the data home, downloaded if it is not there yet.

    `known_hash` is like "md5:f68b..."; a file that does not match it is never kept. Each of
    `mirrors` is a folder's address, tried in order. Raises CourseError when the data home cannot be
    written, or when no mirror serves the file: the message names `instead`, the call that works
    offline.
    """
    folder = data_home()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CourseError(
            f"cannot write to the data home {folder} ({error.strerror or error}): set the "
            "environment "
            f"variable DLCOURSE_DATA to a folder you may write to, or use {instead}, which needs "
            "none"
        ) from error
    failures = []
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{name}"
        downloader: Any = pooch.HTTPDownloader(timeout=TIMEOUT_S)
        try:
            return Path(
                pooch.retrieve(url, known_hash, fname=name, path=folder, downloader=downloader)
            )
        except (requests.RequestException, OSError, ValueError) as error:
            # pooch raises ValueError for a file whose hash is wrong, after removing it.
            reason = "wrong or incomplete file" if "hash" in str(error) else type(error).__name__
            failures.append(f"{mirror}: {reason}")
    raise CourseError(
        f"could not download {name} ({'; '.join(failures)}): "
        f"try again with a network, or use {instead}, which works offline"
    )
