import functools
import http.server
import io
import json
import threading
import zipfile
from pathlib import Path

import pytest

from dlcourse import publication
from dlcourse.files import digest, write_file

OLD = {"a.ipynb": b"lesson a", "b.ipynb": b"lesson b", "c.py": b"code", "d.ipynb": b"lesson d"}
NEW = {"a.ipynb": b"lesson a, second edition", "b.ipynb": b"lesson b", "c.py": b"better code"}
NEW |= {"d.ipynb": b"lesson d, second edition", "course/e.ipynb": b"a new lesson"}
PROJECT = b'[tool.dlcourse]\nrepository = "some/course"\nbranch = "main"\n'


def lay_out(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        write_file(folder / name, data)
    publication.write_manifest(folder, files)
    return folder


def pack(
    files: dict[str, bytes], prefix: str = "course-main/", manifest: dict | None = None
) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(prefix + name, data)
        hashes = {name: digest(data) for name, data in files.items()}
        text = json.dumps({"files": manifest or hashes})
        archive.writestr(prefix + publication.MANIFEST, text)
    return packed.getvalue()


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A reader's copy in which two lessons were changed, one of them to be replaced."""
    folder = lay_out(tmp_path / "mine", OLD)
    (folder / "a.ipynb").write_bytes(b"lesson a with my notes")
    (folder / "b.ipynb").write_bytes(b"lesson b with my notes")
    (folder / "essay.md").write_bytes(b"my own file")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    files = {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }
    files.pop(publication.MANIFEST, None)
    return files


UPDATED = NEW | {
    "a.mine.ipynb": b"lesson a with my notes",
    "b.ipynb": b"lesson b with my notes",  # the course did not change it, so the reader's stays
    "essay.md": b"my own file",
}


@pytest.mark.parametrize("kind", ["folder", "zip", "github"])
def test_update_brings_what_is_new_and_keeps_what_is_mine(mine, tmp_path, kind):
    source = lay_out(tmp_path / "new", NEW)
    if kind != "folder":
        source = tmp_path / "new.zip"
        source.write_bytes(pack(NEW, "course-main/" if kind == "github" else ""))
    written, kept = publication.update(mine, str(source))
    assert contents(mine) == UPDATED
    new = sorted(path.relative_to(mine).as_posix() for path in written)
    assert new == ["a.ipynb", "c.py", "course/e.ipynb", "d.ipynb"]
    assert [path.name for path in kept] == ["a.mine.ipynb"]
    assert publication.update(mine, str(source)) == ([], [])
    assert contents(mine) == UPDATED


def test_no_version_of_mine_is_ever_overwritten(mine, tmp_path):
    publication.update(mine, str(lay_out(tmp_path / "new", NEW)))
    (mine / "a.ipynb").write_bytes(b"more notes")
    publication.update(mine, str(lay_out(tmp_path / "third", NEW | {"a.ipynb": b"third"})))
    assert (mine / "a.mine.ipynb").read_bytes() == b"lesson a with my notes"
    assert (mine / "a.2.mine.ipynb").read_bytes() == b"more notes"
    assert (mine / "a.ipynb").read_bytes() == b"third"


def test_an_update_that_was_interrupted_goes_on(mine, tmp_path, monkeypatch):
    source = str(lay_out(tmp_path / "new", NEW))

    def full_disk(path: Path, data: bytes) -> None:
        if path.name == "d.ipynb":
            raise OSError(28, "No space left on device", str(path))
        write_file(path, data)

    monkeypatch.setattr(publication, "write_file", full_disk)
    with pytest.raises(OSError, match="No space"):
        publication.update(mine, source)
    assert (mine / "d.ipynb").read_bytes() == b"lesson d"
    monkeypatch.undo()
    publication.update(mine, source)
    assert contents(mine) == UPDATED


def test_update_from_an_address(mine, tmp_path, monkeypatch):
    (tmp_path / "new.zip").write_bytes(pack(NEW))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    monkeypatch.setattr(http.server.SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(OSError, match=r"none\.zip did not answer.*404"):
            publication.update(mine, f"{address}/none.zip")
        publication.update(mine, f"{address}/new.zip")
        server.shutdown()
    assert contents(mine) == UPDATED


def test_the_default_source_is_the_students_repository(mine, monkeypatch):
    (mine / "pyproject.toml").write_bytes(PROJECT)
    asked = []
    monkeypatch.setattr(publication, "_load", lambda source: asked.append(source) or {})
    publication.update(mine)
    assert asked == ["https://github.com/some/course/archive/refs/heads/main.zip"]


DAMAGED = {
    "no zip": b"<html>not found</html>",
    "cut off": pack(NEW)[:-60],
    "of something else": pack({}, manifest={"x.py": "0"}),
    "with another file": pack(NEW | {"c.py": b"evil"}, manifest={"c.py": "0" * 64}),
    "outside": pack({"../evil.py": b"x"}, prefix=""),
    "absolute": pack({"/evil.py": b"x"}, prefix=""),
    "other drive": pack({"C:evil.py": b"x"}, prefix=""),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_bad_source_changes_nothing(mine, tmp_path, kind):
    (tmp_path / "bad.zip").write_bytes(DAMAGED[kind])
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=r"not a zip of|damaged|outside") as caught:
        publication.update(mine, str(tmp_path / "bad.zip"))
    assert "\n" not in str(caught.value)
    assert contents(tmp_path) == before


def test_other_folders_are_no_copies(mine, tmp_path):
    with pytest.raises(ValueError, match="not a published copy"):
        publication.update(tmp_path, str(mine))
    with pytest.raises(ValueError, match="not a published copy"):
        publication.update(mine, str(tmp_path))
    with pytest.raises(FileNotFoundError):
        publication.update(mine, str(tmp_path / "none.zip"))
    (mine / publication.MANIFEST).write_text("[1")
    with pytest.raises(ValueError, match="not a published copy"):
        publication.update(mine, str(mine))
