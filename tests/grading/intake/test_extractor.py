import logging
import zipfile

import pytest
from platforms import pack

from dlcourse.grading.intake import extractor, upload
from dlcourse.grading.intake.extractor import Extractor


@pytest.fixture
def extract(tmp_path, caplog):
    """Extract {path: bytes} of an archive folder; return {path: bytes} and the log."""

    def run(files: dict[str, bytes], **options) -> tuple[dict[str, bytes], str]:
        for name, data in files.items():
            path = tmp_path / "archive" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        target = tmp_path / "extracted"
        plugin = Extractor(log=logging.getLogger("extractor"), **options)
        plugin.extract(str(tmp_path / "archive"), str(target))
        found = {
            path.relative_to(target).as_posix(): path.read_bytes()
            for path in target.rglob("*")
            if path.is_file()
        }
        return found, caplog.text

    return run


def test_notebooks_come_out_of_zips_in_zips_under_their_own_path(extract):
    inner = pack({"ada/20260101T000000Z/tiny.ipynb": b"1", "data.csv": b""})
    files = {
        "all.zip": pack({"ada.zip": inner, "b/tiny.ipynb": b"2"}),
        "unpacked/c/tiny.IPYNB": b"3",
        "unpacked/d/tiny.ipynb (1).json": b"5",
        "__MACOSX/tiny.ipynb": b"4",
    }
    assert extract(files) == (
        {
            "all.zip/ada.zip/ada/20260101T000000Z/tiny.ipynb": b"1",
            "all.zip/b/tiny.ipynb": b"2",
            "unpacked/c/tiny.ipynb": b"3",
            "unpacked/d/tiny (1).ipynb": b"5",
        },
        "",
    )


def test_what_is_broken_hostile_or_no_notebook_is_named_and_the_rest_comes(extract, monkeypatch):
    monkeypatch.setattr("dlcourse.grading.intake.upload.MAX_BYTES", 1000)
    deep = pack({"x.ipynb": b"deep"})
    for _ in range(6):
        deep = pack({"a.zip": deep})
    files = {
        "all.zip": pack(
            {
                "good.ipynb": b"good",
                "broken.zip": b"PK\3\4",
                "deep.zip": deep,
                "large.ipynb": b"0" * 1001,
                "../../up.ipynb": b"up",
                "essay.pdf": b"",
                "n" * 300 + ".ipynb": b"long",
                "a/b.ipynb": b"b",
                "a": b"",
                "a.ipynb": b"a",
                "a.ipynb/b.ipynb": b"in the way",
                "w:\x01?.ipynb": b"odd",
            }
        ),
        "broken.zip": b"no zip",
        "homework.tar.gz": b"",
    }
    found, log = extract(files)
    assert found["all.zip/good.ipynb"] == b"good"
    assert found["all.zip/up.ipynb"] == b"up"
    assert found["all.zip/w___.ipynb"] == b"odd"
    assert found["all.zip/" + "n" * extractor.HEAD + "..." + "n" * 54 + ".ipynb"] == b"long"
    assert b"deep" not in found.values()
    refused = found["all.zip/large.ipynb"]  # the reason is told again when it is graded
    assert refused == upload.REFUSED + upload.TOO_LARGE.encode()
    for line in (
        "all.zip/broken.zip is a broken zip",
        "all.zip/deep.zip: the upload has more than 5 folders or zips in one another",
        "all.zip/large.ipynb has more than",
        "No notebook in all.zip/essay.pdf",
        "No notebook in homework.tar.gz",
        "broken.zip is a broken zip (File is not a zip file)",
        "all.zip/a.ipynb/b.ipynb came twice",
    ):
        assert line in log


def test_a_link_in_a_zip_is_not_followed(extract):
    class Link(zipfile.ZipInfo):
        def __init__(self, name):
            super().__init__(name)
            self.external_attr = 0o120777 << 16

    found, log = extract({"all.zip": pack({"x.ipynb": b"/etc/passwd"}, Link)})
    assert not found
    assert "all.zip/x.ipynb is a link: not followed" in log
