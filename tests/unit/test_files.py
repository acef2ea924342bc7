import pytest

from dlcourse import files


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "x"
    files.write_file(path, b"first")
    path.chmod(0o600)
    monkeypatch.setattr(files.os, "replace", lambda *_: (_ for _ in ()).throw(OSError("no")))
    with pytest.raises(OSError, match="no"):
        files.write_file(path, b"second")
    assert [each.name for each in tmp_path.iterdir()] == ["x"]
    assert path.read_bytes() == b"first"
    monkeypatch.undo()
    files.write_file(path, b"second")
    assert path.read_bytes() == b"second"
    assert path.stat().st_mode & 0o777 == 0o600
