"""A published copy of the course: its manifest, and how a reader's copy is brought up to date."""

import io
import json
import tomllib
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath

from dlcourse.files import digest, keep_copy, write_file
from dlcourse.runtime import CourseError

# Lies in the root of a published copy: {path: sha256} of every file as it was published.
MANIFEST = "published.json"


def read_manifest(folder: Path) -> dict[str, str]:
    """Return {path: sha256} of a published copy; raise CourseError for any other folder."""
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        raise CourseError(
            f"{folder} is not a published copy of the course (no readable {MANIFEST} in it); "
            "go to the folder that holds course/ and assignments/"
        ) from None


def write_manifest(folder: Path, files: dict[str, bytes]) -> None:
    """Write down what was published; last of all, so that half a copy is never called whole."""
    text = json.dumps({"files": {name: digest(files[name]) for name in sorted(files)}}, indent=1)
    write_file(folder / MANIFEST, text.encode() + b"\n")


def update(folder: Path, source: str | None = None) -> tuple[list[Path], list[Path]]:
    """Bring a published copy up to date from a newer one: a folder, a zip or an https address.

    Without a source, the students' repository named in the folder's pyproject.toml is asked.
    A file that the reader changed is kept as `*.mine.*` before the new one takes its place; where
    the course did not change a file, the reader's stays. Returns (written, kept); raises
    CourseError when either side is no published copy, OSError when a file or the network fails.
    """
    old = read_manifest(folder)
    new = _load(source or _repository(folder))
    written, kept = [], []
    for name, data in new.items():
        path = folder / name
        here = digest(path.read_bytes()) if path.exists() else None
        if here == digest(data) or (here and old.get(name) == digest(data)):
            continue
        if here and here != old.get(name):
            kept.append(keep_copy(path))
        write_file(path, data)
        written.append(path)
    write_manifest(folder, new)
    return written, kept


def _repository(folder: Path) -> str:
    course = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "dlcourse"
    ]
    return f"https://github.com/{course['repository']}/archive/refs/heads/{course['branch']}.zip"


def _load(source: str) -> dict[str, bytes]:
    """Read {path: bytes} of a published copy, and only what its manifest vouches for."""
    if source.startswith(("https://", "http://127.0.0.1:")):
        try:
            with urllib.request.urlopen(source, timeout=30) as answer:
                data = answer.read()
        except OSError as error:
            raise OSError(f"{source} did not answer with the course ({error})") from None
        return _load_zip(data, source)
    path = Path(source)
    if path.is_dir():
        manifest = read_manifest(path)
        files = {name: (path / name).read_bytes() for name in _safe(manifest, source)}
        return _checked(files, manifest, source)
    return _load_zip(path.read_bytes(), source)


def _load_zip(data: bytes, source: str) -> dict[str, bytes]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        # GitHub puts everything under one folder, so the manifest says where the root is.
        root = min((n for n in archive.namelist() if PurePosixPath(n).name == MANIFEST), key=len)
        prefix = root.removesuffix(MANIFEST)
        manifest = json.loads(archive.read(root))["files"]
        files = {name: archive.read(prefix + name) for name in _safe(manifest, source)}
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
        raise CourseError(f"{source} is not a zip of the published course ({error})") from None
    return _checked(files, manifest, source)


def _safe(manifest: dict[str, str], source: str) -> list[str]:
    for name in manifest:
        if (
            PurePosixPath(name).is_absolute()
            or ".." in name.split("/")
            or "\\" in name
            or ":" in name
        ):
            raise CourseError(f"{source} wants to write outside of the course: {name}")
    return list(manifest)


def _checked(files: dict[str, bytes], manifest: dict[str, str], source: str) -> dict[str, bytes]:
    for name, data in files.items():
        if digest(data) != manifest[name]:
            raise CourseError(f"{source} is damaged: {name} is not as published; get it again")
    return files
