import io
import json
import os
import socket
import stat
import zipfile
from pathlib import Path

import pytest

from dlcourse.grading.intake import upload as intake
from dlcourse.grading.intake.upload import Unreadable, find


def nb(text: str = "", assignment: str = "03_cnn") -> bytes:
    title = f"<!-- ASSIGNMENT: {assignment} v1 -->" if assignment else ""
    return json.dumps({"cells": [{"source": title}, {"source": text}], "nbformat": 4}).encode()


def pack(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


@pytest.fixture
def upload(tmp_path):
    """Find the notebook among {path: bytes}."""

    def run(files: dict[str, bytes]):
        for name, data in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        before = {path: path.stat() for path in tmp_path.rglob("*")}
        try:
            return find(tmp_path, "03_cnn")
        finally:
            assert {path: path.stat() for path in tmp_path.rglob("*")}.keys() == before.keys()

    return run


def test_the_exact_name_is_taken_without_a_word(upload):
    found = upload({"03_cnn.ipynb": nb(), "timestamp.txt": b"2026", "data.csv": b"1,2"})
    assert (found.name, found.data, found.log) == ("03_cnn.ipynb", nb(), [])


RENAMED = [
    "03_cnn (1).ipynb",
    "03_cnn-Copy1.ipynb",
    "Copy of 03_cnn.ipynb",
    "03_cnn - Copy (2).ipynb",
    "03_cnn_Kopie.ipynb",
    "lovelaceada_12345_678901_03_cnn-2.ipynb",
    "lovelaceada_LATE_12345_678901_03_cnn.ipynb",
    "Ada Lovelace_12345_assignsubmission_file_/03_cnn.ipynb",
    "03_cnn/03_cnn.ipynb",
    "03_CNN.ipynb",
    "03_cnn.IPYNB",
    "03_cnn.ipynb.json",  # as browsers save it
    "03_cnn.ipynb.txt",
    "03_cnn.ipynb (1).txt",
    "final version.ipynb",
]


@pytest.mark.parametrize("name", RENAMED)
def test_a_renamed_notebook_is_found_and_logged(upload, name):
    found = upload({name: nb("mine"), "02_mlp.ipynb": nb("old", "02_mlp")})
    assert found.data == nb("mine")
    assert found.log[0] == f"taken for 03_cnn.ipynb: {name}"
    assert found.log[1] == "further notebooks, not graded: 02_mlp.ipynb"


@pytest.mark.parametrize("name", [name for name in RENAMED[:7]])
def test_a_name_is_enough_where_the_title_is_lost(upload, name):
    found = upload({name: nb("mine", ""), "scratch.ipynb": nb("other", "")})
    assert found.data == nb("mine", "")


def test_the_only_notebook_is_taken_whatever_it_is(upload):
    assert upload({"x.ipynb": b"not even JSON"}).data == b"not even JSON"


@pytest.mark.parametrize(
    "files, best",
    [
        (["03_cnn.ipynb", "03_cnn (3).ipynb"], "03_cnn.ipynb"),
        (["03_cnn.ipynb", "old/03_cnn.ipynb"], "03_cnn.ipynb"),
        (["old/03_cnn.ipynb", "03_cnn (1).ipynb"], "old/03_cnn.ipynb"),
        (["03_cnn (2).ipynb", "03_cnn (10).ipynb"], "03_cnn (10).ipynb"),
        (["03_cnn-Copy1.ipynb", "Copy of 03_cnn.ipynb"], "03_cnn-Copy1.ipynb"),
        (["03_cnn (1).ipynb", "final.ipynb"], "03_cnn (1).ipynb"),
        (["103_cnn.ipynb", "a_03_cnn.ipynb"], "a_03_cnn.ipynb"),
    ],
)
def test_of_several_the_best_name_counts(upload, files, best):
    assert upload({name: nb(name) for name in files}).data == nb(best)


def test_the_same_notebook_twice_counts_once(upload):
    assert (
        upload({"a.ipynb": nb(), "b/c.ipynb": nb(), "d.zip": pack({"e.ipynb": nb()})}).data == nb()
    )


def test_where_it_is_unclear_a_person_looks(upload):
    with pytest.raises(Unreadable, match=r"unclear which one counts: a\.ipynb, b\.ipynb"):
        upload({"a.ipynb": nb("1"), "b.ipynb": nb("2")})


class Sheets:
    """Notebooks of the tiny assignment, by what is answered."""

    def __init__(self, root: Path):
        self.release = json.loads((root / "assignments/tiny/tiny.ipynb").read_bytes())

    def answered(self, **texts: str) -> bytes:
        sheet = json.loads(json.dumps(self.release))
        for cell in sheet["cells"]:
            if cell["id"] in texts:
                cell["source"] = "".join(cell["source"]).splitlines()[0] + "\n" + texts[cell["id"]]
        return json.dumps(sheet).encode()

    def find(self, folder: Path, **files: bytes) -> intake.Upload:
        """Find among files whose names end in .ipynb; "tiny" is the original."""
        for name, data in files.items():
            (folder / f"{name}.ipynb").write_bytes(data)
        return find(folder, "tiny", self.release)


@pytest.fixture
def sheets(released) -> Sheets:
    return Sheets(released)


ONE, TWO = "def double(x):\n    return 2 * x", "def square(x):\n    return x * x"


@pytest.mark.parametrize("name", ["tiny-Copy1", "tiny (1)", "final", "Untitled3"])
@pytest.mark.parametrize("original", [{}, {"double": ONE}], ids=["untouched", "begun"])
def test_an_answered_copy_beats_an_original_with_fewer_answers(sheets, tmp_path, name, original):
    copy = sheets.answered(double=ONE, square=TWO)
    found = sheets.find(tmp_path, tiny=sheets.answered(**original), **{name: copy})
    assert (found.data, found.look) == (copy, "")
    assert found.log == [
        f"taken for tiny.ipynb: {name}.ipynb",
        "further notebooks, not graded: tiny.ipynb",
    ]


def test_a_copy_that_has_lost_its_title_is_known_by_its_answers(sheets, tmp_path):
    copy = json.loads(sheets.answered(why="Because."))
    del copy["cells"][0]
    found = sheets.find(tmp_path, tiny=sheets.answered(), final=json.dumps(copy).encode())
    assert found.name == "final.ipynb"


def test_a_backup_with_fewer_answers_is_no_rival(sheets, tmp_path):
    whole = sheets.answered(double=ONE, square=TWO)
    found = sheets.find(
        tmp_path, tiny=whole, final=sheets.answered(square=TWO), empty=sheets.answered()
    )
    assert (found.data, found.look) == (whole, "")


@pytest.mark.parametrize("original", ["untouched", "answered"])
def test_where_copies_are_answered_differently_a_person_looks(sheets, tmp_path, original):
    mine = sheets.answered(**({"double": "x = 1"} if original == "answered" else {}))
    files = {"tiny-Copy1": sheets.answered(double=ONE), "final": sheets.answered(square=TWO)}
    found = sheets.find(tmp_path, tiny=mine, **files)
    others = ["tiny-Copy1.ipynb", "final.ipynb"]
    first = "tiny.ipynb" if original == "answered" else others.pop(0)
    assert found.name == first
    assert found.look == f"{first} is graded, but other answers are in {', '.join(others)}"


def test_of_two_names_as_good_the_answered_one_counts(sheets, tmp_path):
    found = sheets.find(tmp_path, a=sheets.answered(), b=sheets.answered(double=ONE))
    assert found.name == "b.ipynb"
    with pytest.raises(Unreadable, match=r"unclear which one counts: b\.ipynb, c\.ipynb"):
        sheets.find(tmp_path, c=sheets.answered(square=TWO))


def test_answers_in_another_assignments_notebook_do_not_count(sheets, tmp_path):
    other = sheets.answered(double=ONE).replace(b"ASSIGNMENT: tiny", b"ASSIGNMENT: other")
    found = sheets.find(tmp_path, tiny=sheets.answered(), final=other, broken=b"{")
    assert (found.name, found.look) == ("tiny.ipynb", "")


def test_another_assignments_notebook_is_the_last_choice(upload):
    files = {"03_cnn.ipynb": nb("x", "02_mlp"), "mine.ipynb": nb("y")}
    assert upload(files).data == nb("y")


def test_an_empty_notebook_gives_way_to_a_full_one(upload):
    assert upload({"03_cnn.ipynb": b"", "03_cnn (1).ipynb": nb()}).data == nb()


def test_a_zip_is_read_in_memory_at_any_depth(upload):
    inner = pack({"deep/er/Copy of 03_cnn.ipynb": nb(), "__MACOSX/._03_cnn.ipynb": b"x"})
    found = upload({"homework.zip": pack({"folder/work.zip": inner, "notes.txt": b"hello"})})
    assert found.data == nb()
    assert "homework.zip/folder/work.zip/deep/er/Copy of 03_cnn.ipynb" in found.log[0]


def test_a_zip_that_is_called_a_notebook_is_read(upload):
    assert upload({"03_cnn.ipynb": pack({"03_cnn.ipynb": nb()})}).data == nb()


@pytest.mark.parametrize("name", ["/etc/03_cnn.ipynb", "../../03_cnn.ipynb", "a\\..\\03_cnn.ipynb"])
def test_names_that_lead_elsewhere_lead_nowhere(upload, tmp_path, name):
    assert upload({"a.zip": pack({name: nb()})}).data == nb()
    assert [path.name for path in tmp_path.rglob("*")] == ["a.zip"]


def test_rubbish_beside_the_notebook_is_ignored(upload):
    checkpoint = ".ipynb_checkpoints/03_cnn-checkpoint.ipynb"
    files = {checkpoint: nb("old"), "__MACOSX/03_cnn.ipynb": b"x", "._03_cnn.ipynb": b"x"}
    assert upload({**files, ".DS_Store": b"x", "mine.ipynb": nb()}).data == nb()


def link_in_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("03_cnn.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return packed.getvalue()


def encrypted() -> bytes:
    data = bytearray(pack({"03_cnn.ipynb": nb()}))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def nested(depth: int) -> bytes:
    data = pack({"03_cnn.ipynb": nb()})
    for _ in range(depth):
        data = pack({"a.zip": data})
    return data


WRONG = {
    "nothing": ({}, "no notebook, but nothing: hand in 03_cnn.ipynb itself"),
    "only a time": ({"timestamp.txt": b"2026"}, "but nothing"),
    "empty": ({"03_cnn.ipynb": b""}, r"03_cnn\.ipynb is empty"),
    "txt": ({"03_cnn.txt": nb()}, r"but 03_cnn\.txt: hand in 03_cnn\.ipynb itself"),
    "backup": ({"03_cnn.ipynb.bak": nb()}, r"but 03_cnn\.ipynb\.bak"),
    "html": ({"03_cnn.html": b"<html>"}, r"but 03_cnn\.html"),
    "py": ({"03_cnn.py": b"x = 1"}, r"but 03_cnn\.py"),
    "pdf": ({"a.zip": pack({"03_cnn.pdf": b"%PDF"})}, r"but a\.zip/03_cnn\.pdf"),
    "archive": ({"03_cnn.rar": b"Rar!"}, r"but 03_cnn\.rar"),
    "large": ({"03_cnn.ipynb": b"x" * (intake.MAX_BYTES + 1)}, r"has more than 20 MB"),
    "broken zip": ({"a.zip": b"PK\3\4 and no more"}, r"a\.zip is a broken zip"),
    "no zip": ({"a.zip": b"hello"}, r"a\.zip is a broken zip"),
    "cut zip": ({"a.zip": pack({"03_cnn.ipynb": nb()})[:-30]}, r"a\.zip is a broken zip"),
    "encrypted": ({"a.zip": encrypted()}, r"cannot be read \(it is encrypted\)"),
    "unusual": ({"a.zip": pack({"03_cnn.ipynb": nb()}, zipfile.ZIP_LZMA)}, "unusual way"),
    "link in a zip": ({"a.zip": link_in_zip()}, "is a link: not followed"),
    "bomb": ({"a.zip": pack({"03_cnn.ipynb": bytes(100 << 20)})}, "has more than 20 MB"),
    "many bombs": (
        {"a.zip": pack({f"{i}.ipynb": bytes(20 << 20) for i in range(6)})},
        "more than 100 MB",
    ),
    "many files": ({"a.zip": pack({str(i): b"" for i in range(2001)})}, "more than 2000 files"),
    "deep zips": ({"a.zip": nested(6)}, "more than 5 folders or zips"),
    "deep folders": ({"1/2/3/4/5/6/03_cnn.ipynb": nb()}, "more than 5 folders or zips"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_notebook_gets_one_line(upload, name):
    files, why = WRONG[name]
    with pytest.raises(Unreadable, match=why) as caught:
        upload(files)
    assert str(caught.value).isprintable()


def with_plots(megabytes: int) -> bytes:
    plots = [{"output_type": "display_data", "data": {"image/png": "A" * (1 << 20)}}]
    cells = json.loads(nb("answer"))["cells"]
    return json.dumps(
        {"cells": [*cells, {"source": "plot", "outputs": plots * megabytes}]}
    ).encode()


@pytest.mark.parametrize("name, packed", [("03_cnn.ipynb", False), ("a.zip", True)])
def test_a_notebook_that_is_large_by_its_outputs_is_read_without_them(upload, name, packed):
    data = with_plots(24)
    found = upload({name: pack({"03_cnn.ipynb": data}, zipfile.ZIP_STORED) if packed else data})
    assert [cell["source"] for cell in json.loads(found.data)["cells"]][1:] == ["answer", "plot"]
    assert "is read without its outputs: it is large" in found.log[0]


def test_why_a_notebook_could_not_be_collected_is_still_known_when_it_is_graded(upload):
    with pytest.raises(Unreadable, match=r"^03_cnn\.ipynb cannot be read \(it is encrypted\)$"):
        upload({"03_cnn.ipynb": intake.REFUSED + b"cannot be read (it is encrypted)"})


def test_a_damaged_member_is_named(upload):
    data = bytearray(pack({"03_cnn.ipynb": nb()}, zipfile.ZIP_STORED))
    data[60] ^= 1
    with pytest.raises(Unreadable, match=r"a\.zip/03_cnn\.ipynb cannot be read \(Bad CRC"):
        upload({"a.zip": bytes(data)})


def test_names_in_messages_are_clean(upload):
    with pytest.raises(Unreadable) as caught:
        upload({"a\n\x1b[31mred\u202e.txt": b"", "b" * 200 + ".txt": b""})
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 250


def test_links_pipes_and_devices_are_not_opened(tmp_path):
    folder, secret = tmp_path / "submitted", tmp_path / "secret"
    secret.mkdir()
    (secret / "03_cnn.ipynb").write_bytes(nb("secret"))
    folder.mkdir()
    (folder / "03_cnn.ipynb").symlink_to(secret / "03_cnn.ipynb")
    (folder / "folder").symlink_to(secret)
    os.mkfifo(folder / "03_cnn (1).ipynb")  # opening it would wait for ever
    with pytest.raises(Unreadable, match="is a link or no ordinary file: not opened"):
        find(folder, "03_cnn")
    (folder / "mine.ipynb").write_bytes(nb("mine"))
    assert find(folder, "03_cnn").data == nb("mine")


def test_a_file_that_turns_into_a_link_or_a_pipe_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with pytest.raises(ValueError, match="no ordinary file"):
        intake.read_file(str(tmp_path / "pipe"), 10)
    with pytest.raises(OSError, match="symbolic link"):
        intake.read_file(str(tmp_path / "link"), 10)


def test_a_socket_is_no_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("03_cnn.ipynb")
        with pytest.raises(Unreadable, match="no ordinary file"):
            find(Path(tmp_path), "03_cnn")


def test_a_folder_that_is_missing_or_a_link_is_not_read(tmp_path):
    with pytest.raises(FileNotFoundError):  # for it is not the student's doing
        find(tmp_path / "none", "03_cnn")
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(Unreadable, match="submitted folder is a link"):
        find(tmp_path / "link", "03_cnn")
