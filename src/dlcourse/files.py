"""Files: what is in them as a hash, written whole or not at all, and copied before they change."""

import hashlib
import os
import tempfile
from pathlib import Path


def digest(data: bytes) -> str:
    """Return the sha256 of some bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; folders are made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def keep_copy(path: Path) -> Path:
    """Copy `name.ipynb` to `name.mine.ipynb`, or the first free `name.2.mine.ipynb`; return it."""
    number, copy = 1, path.with_suffix(f".mine{path.suffix}")
    while copy.exists():
        number += 1
        copy = path.with_suffix(f".{number}.mine{path.suffix}")
    write_file(copy, path.read_bytes())
    return copy
