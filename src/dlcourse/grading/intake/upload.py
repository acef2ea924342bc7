"""Intake: which file of a student's upload is the notebook, whatever its name, and out of any zip.

Nothing is written, no link followed, nothing but an ordinary file opened.
"""

import contextlib
import io
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dlcourse.grading.intake.notebook import Cell, Unreadable, decode, shed
from dlcourse.grading.intake.repair import Form, repair
from dlcourse.homework.sheet import ASSIGNMENT, MAX_BYTES

MAX_RAW = 4 * MAX_BYTES  # of a notebook with its outputs, or of a zip
MAX_TOTAL = 5 * MAX_BYTES  # of all files that are read, unpacked
MAX_FILES = 2000  # looked at, in folders and zips together
MAX_DEPTH = 5  # folders or zips inside one another
ANOTHER = 7  # the rank of another assignment's notebook
MAX_RIVALS = 20  # notebooks of one upload whose answers are compared
UTF_8 = 0x800  # the flag of a zip whose names are in UTF-8
TOO_LARGE = f"has more than {MAX_BYTES >> 20} MB without its outputs, or {MAX_RAW >> 20} with them"
# What collecting writes in the place of a notebook that cannot be had, before the reason.
REFUSED = b"This notebook could not be collected. It "
# Some browsers save a notebook as "name.ipynb.json" or ".txt", with a number before either ending.
NOTEBOOK = re.compile(r"(.+)\.ipynb((?: ?\(\d+\))?)(?:\.json|\.txt)?", re.IGNORECASE)
IGNORED = re.compile(r"\..*|__MACOSX|timestamp\.txt|thumbs\.db|desktop\.ini", re.IGNORECASE)
# What may follow the assignment's name in a copy's: " (1)", "-Copy2", "_3", " - Copy (2)".
COPY = re.compile(r"copy|kopie|[\s_()\d-]", re.IGNORECASE)


@dataclass
class Upload:
    """The notebook that a student handed in."""

    name: str  # of the file, without control characters
    data: bytes
    log: list[str]
    look: str = ""  # why a person must say whether it is the one


@dataclass
class Found:
    """A notebook file in an upload."""

    path: PurePosixPath
    data: bytes
    problem: str = ""  # why its data cannot be had

    @property
    def stem(self) -> str:
        """Its name without an ending, whatever a browser made of that."""
        found = NOTEBOOK.fullmatch(self.path.name)
        return "".join(found.groups()) if found else self.path.stem

    def __str__(self) -> str:
        return clean(str(self.path))


@dataclass
class Search:
    """What was found, and how much may still be looked at."""

    notebooks: list[Found] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bytes_left: int = MAX_TOTAL
    files_left: int = MAX_FILES

    def take(self, path: PurePosixPath, read, depth: int) -> None:
        """Look at one file; `read(limit)` gives at most so many bytes of it."""
        self.count(1)
        zipped = path.suffix.lower() == ".zip"
        if not zipped and not NOTEBOOK.fullmatch(path.name):
            self.others.append(clean(str(path)))
            return
        try:
            data, problem = read(min(MAX_RAW, self.bytes_left) + 1), ""
        except (OSError, MemoryError):
            raise  # this machine's trouble says nothing of the upload
        except Exception as error:  # zipfile raises whatever a malformed archive makes it raise
            data, problem = b"", f"cannot be read ({clean(str(error) or type(error).__name__)})"
        self.bytes_left -= len(data)
        if not zipped and MAX_BYTES < len(data) <= MAX_RAW:
            data = shed(data)
            self.notes.append(f"{clean(str(path))} is read without its outputs: it is large")
        if len(data) > (MAX_RAW if zipped else MAX_BYTES):
            data, problem = b"", TOO_LARGE
        elif data.startswith(REFUSED):
            data, problem = b"", clean(decode(data.removeprefix(REFUSED)))
        if self.bytes_left < 0:
            raise Unreadable(f"the upload has more than {MAX_TOTAL >> 20} MB unpacked")
        if not problem and (zipped or data.startswith(b"PK\3\4")):
            self.unpack(path, data, depth + 1)
        elif not zipped:
            self.notebooks.append(Found(path, data, problem or ("" if data else "is empty")))
        else:
            self.notes.append(f"{clean(str(path))} {problem}")

    def count(self, number: int) -> None:
        """Count files; raise Unreadable if they are too many."""
        self.files_left -= number
        if self.files_left < 0:
            raise Unreadable(f"the upload has more than {MAX_FILES} files")

    def unpack(self, path: PurePosixPath, data: bytes, depth: int) -> None:
        """Look into a zip in memory. Of the methods only those are read that need little memory."""
        if depth > MAX_DEPTH:
            raise Unreadable(f"the upload has more than {MAX_DEPTH} folders or zips in one another")
        if data.count(b"PK\1\2") > MAX_FILES:  # before zipfile makes an object of each entry
            raise Unreadable(f"the upload has more than {MAX_FILES} files")
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
        except Exception:
            self.notes.append(f"{clean(str(path))} is a broken zip")
            return
        for inner, read in list_members(archive, path, self.notes):
            self.take(inner, read, depth)

    def walk(self, folder: Path, path: PurePosixPath, depth: int = 0) -> None:
        """Look at the ordinary files of a folder and of those in it."""
        if depth > MAX_DEPTH:
            raise Unreadable(f"the upload has more than {MAX_DEPTH} folders or zips in one another")
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            inner = path / entry.name
            if IGNORED.fullmatch(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                self.count(1)
                self.walk(Path(entry.path), inner, depth + 1)
            elif entry.is_file(follow_symlinks=False):
                self.take(inner, lambda limit, where=entry.path: read_file(where, limit), depth)
            else:
                self.notes.append(f"{clean(str(inner))} is a link or no ordinary file: not opened")


def list_members(
    archive: zipfile.ZipFile, path: PurePosixPath, notes: list[str]
) -> Iterator[tuple[PurePosixPath, Callable[[int], bytes]]]:
    """Yield the path and a `read(limit)` of each ordinary file in a zip; a link is noted."""
    for member in archive.infolist():
        name = member.filename
        if not member.flag_bits & UTF_8:  # Canvas writes UTF-8 without saying so
            with contextlib.suppress(UnicodeError):
                name = name.encode("cp437").decode()
        parts = [part for part in re.split(r"[/\\]", name) if part not in ("", ".", "..")]
        if not parts or member.is_dir() or any(map(IGNORED.fullmatch, parts)):
            continue
        inner = path.joinpath(*parts)
        if stat.S_ISLNK(member.external_attr >> 16):
            notes.append(f"{clean(str(inner))} is a link: not followed")
            continue

        def read(limit: int, member: zipfile.ZipInfo = member) -> bytes:
            if member.flag_bits & 1:
                raise ValueError("it is encrypted")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError("it is packed in an unusual way")
            with archive.open(member) as file:
                return file.read(limit)

        yield inner, read


def find(folder: Path, assignment: str, release: dict | None = None) -> Upload:
    """Return the notebook in one student's submitted folder.

    The exact name wins, then a renamed copy with the highest number, then the assignment's marker.
    With the released notebook, a copy that has all answers of another one and more wins over that.
    Raises Unreadable if there is none, or if it is unclear which it is, and OSError if this machine
    cannot read it.
    """
    search = Search()
    if folder.is_symlink():
        raise Unreadable("the submitted folder is a link: not followed")
    search.walk(folder, PurePosixPath())
    ranked = [(rank(found, assignment), found) for found in search.notebooks]
    if not ranked:
        came = ", ".join([*search.others[:3], *search.notes[:3]]) or "nothing"
        raise Unreadable(f"no notebook, but {came}: hand in {assignment}.ipynb itself")
    ranked.sort(key=lambda each: each[0])
    left, rivals = _drop_outdone(ranked, release)
    chosen = left[0][1]
    equals = [found for place, found in left if place == left[0][0]]
    if len({(found.data, found.problem) for found in equals}) > 1:
        names = ", ".join(map(str, equals[:5]))
        raise Unreadable(f"several notebooks, and it is unclear which one counts: {names}")
    if chosen.problem:
        raise Unreadable(f"{chosen} {chosen.problem}")
    log, look = search.notes, ""
    if str(chosen.path) != f"{assignment}.ipynb":
        log.append(f"taken for {assignment}.ipynb: {chosen}")
    rest = [str(found) for _, found in ranked if found.data != chosen.data]
    if rest:
        log.append(f"further notebooks, not graded: {', '.join(rest[:5])}")
    if names := [str(found) for found in rivals if found is not chosen]:
        look = f"{chosen} is graded, but other answers are in {', '.join(names[:5])}"
    return Upload(clean(chosen.path.name), chosen.data, log, look)


def _drop_outdone(
    ranked: list[tuple[tuple, Found]], release: dict | None
) -> tuple[list[tuple[tuple, Found]], list[Found]]:
    """Leave out each notebook of which another one has all answers, and more.

    Return what is left, and one notebook for each set of answers in it.
    """
    rivals = [found for place, found in ranked if place < (ANOTHER,) and not found.problem]
    if release is None or ranked[0][1].problem or len({found.data for found in rivals}) < 2:
        return ranked, []
    answers = {id(found): _find_answers(found.data, release) for found in rivals[:MAX_RIVALS]}
    left = [
        (place, found)
        for place, found in ranked
        if not any(answers.get(id(found), frozenset(" ")) < other for other in answers.values())
    ]
    differ: dict[frozenset, Found] = {}
    for _, found in left:
        if id(found) in answers:
            differ.setdefault(answers[id(found)], found)
    return left, list(differ.values())


def _find_answers(data: bytes, release: dict) -> frozenset:
    """Return (name, text) of each answer in a notebook that is more than what was released."""
    try:
        nb, _ = repair(data, release)
    except Unreadable:
        return frozenset()
    slots = {slot.cell["id"]: slot for slot in Form(release).slots if slot.answer}
    cells = [(slots.get(c["id"]), Cell(c["cell_type"], c["source"])) for c in nb["cells"]]
    return frozenset((s.name, tuple(c.lines)) for s, c in cells if s and s.effort(c))


def clean(name: str) -> str:
    """Return a name fit for a line of text: printable, and not long."""
    text = "".join(char if char.isprintable() else "?" for char in name)
    return text if len(text) <= 100 else f"{text[:60]}...{text[-30:]}"


def read_file(path: str | Path, limit: int) -> bytes:
    """Read at most `limit` bytes of an ordinary file, even if it was another a moment ago."""
    careful = ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in careful)
    with open(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is no ordinary file")
        return file.read(limit)


def rank(found: Found, assignment: str) -> tuple[int, int]:
    """Return how likely a file is the one, lowest first: by its name, then by its marker."""
    if not found.data and found.problem != TOO_LARGE:
        return 9, 0
    marker = ASSIGNMENT.search(decode(found.data))
    another = marker and marker[1] != assignment
    if found.path.name == f"{assignment}.ipynb":
        return ANOTHER if another else min(len(found.path.parts), 2), 0
    if another:
        return ANOTHER + 1, 0
    before, _, after = found.stem.rpartition(assignment)
    if found.stem != after and not before[-1:].isalnum() and not COPY.sub("", after):
        numbers = re.findall(r"\d+", after)
        return 3, -int(numbers[-1][:9]) if numbers else 0
    return 4 if marker else 5, 0
