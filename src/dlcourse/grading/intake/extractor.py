"""`nbgrader zip_collect` that opens uploads with mistrust: nobody's file stops the others'."""

import contextlib
import re
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from nbgrader.plugins import ExtractorPlugin
from traitlets import Int

from dlcourse.grading.intake.notebook import Unreadable
from dlcourse.grading.intake.upload import (
    IGNORED,
    REFUSED,
    Found,
    Search,
    clean,
    list_members,
    read_file,
)

# A path's parts, in bytes: file systems allow 255. What a platform puts before a name stays.
HEAD, TAIL = 160, 60


class Extractor(ExtractorPlugin):
    """Take the notebooks out of the downloads, and out of the zips in them; name what has none."""

    max_bytes = Int(8 << 30, help="of all notebooks of one collection").tag(config=True)

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Write the notebooks of `archive_path` below `extracted_path`, each under its own path."""
        archive, self.target, self.left = Path(archive_path), Path(extracted_path), self.max_bytes
        for path in sorted(archive.rglob("*")):
            inner = PurePosixPath(path.relative_to(archive).as_posix())
            if not path.is_file() or any(map(IGNORED.fullmatch, inner.parts)):
                continue
            if path.suffix.lower() == ".zip":
                self._open(path, inner)
            else:
                self._take(inner, lambda limit, path=path: read_file(path, limit))

    def _open(self, path: Path, inner: PurePosixPath) -> None:
        """Take each upload of a downloaded zip, which may be as large as a class makes it."""
        try:
            archive = zipfile.ZipFile(path)
        except Exception as error:  # zipfile raises whatever a malformed archive makes it raise
            self.log.error("%s is a broken zip (%s)", clean(str(inner)), clean(str(error)))
            return
        notes: list[str] = []
        with archive:
            for name, read in list_members(archive, inner, notes):
                self._take(name, read)
        for note in notes:
            self.log.error(note)

    def _take(self, path: PurePosixPath, read: Callable[[int], bytes]) -> None:
        """Write the notebooks of one upload."""
        search = Search()
        try:
            search.take(path, read, 0)
        except (Unreadable, OSError) as error:
            search.notes.append(f"{clean(str(path))}: {error}")
        for found in search.notebooks:
            self._write(found)
        for note in search.notes:
            self.log.error(note)
        if not search.notebooks and not search.notes:
            self.log.warning("No notebook in %s", clean(str(path)))

    def _write(self, found: Found) -> None:
        if found.problem:
            self.log.error("%s %s", found, found.problem)
        data = found.data or REFUSED + found.problem.encode()
        self.left -= len(data)
        if self.left < 0:
            self.log.error(
                "the notebooks have more than %d bytes: see Extractor.max_bytes", self.max_bytes
            )
            raise SystemExit(2)
        parts = found.path.with_name(f"{found.stem}.ipynb").parts
        target = self.target.joinpath(*map(_shorten, parts))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                file.write(data)
        except (FileExistsError, NotADirectoryError):
            self.log.error("%s came twice: the second is left out", found)
        except OSError as error:  # a student's path may be too long, or the disk be full
            self.log.error("%s cannot be written: %s", found, error.strerror)
            with contextlib.suppress(OSError):
                target.unlink()


def _shorten(part: str) -> str:
    """Return a part of a path as a file system takes it."""
    data = re.sub(r'[\x00-\x1f\x7f<>:"|?*]', "_", part).encode("utf-8", "replace")
    if len(data) > HEAD + TAIL:
        data = data[:HEAD] + b"..." + data[-TAIL:]
    return data.decode("utf-8", "ignore")
