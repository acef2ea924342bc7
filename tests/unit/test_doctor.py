import os
import re
import shutil
import sys
from collections import namedtuple

import pytest

from dlcourse import doctor


def finding(name):
    return next((ok, message) for found, ok, message in doctor.checks() if found == name)


def test_a_working_machine_is_well(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("DLCOURSE_DATA", str(tmp_path / "not/made/yet"))
    assert doctor.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(doctor.CHECKS) == 8
    assert all(line.startswith(("[ok] ", "[fix: ")) for line in lines)
    assert finding("data home") == (True, str(tmp_path / "not/made/yet"))
    assert not (tmp_path / "not").exists()


@pytest.mark.parametrize(
    "module, check", [("torch", "torch and device"), ("matplotlib", "fonts for Chinese text")]
)
def test_a_missing_package_is_told_and_the_rest_goes_on(monkeypatch, module, check):
    monkeypatch.setitem(sys.modules, module, None)
    found = {name: (ok, message) for name, ok, message in doctor.checks()}
    assert not found[check][0]
    assert "install" in found[check][1]
    assert found["Python"][0]
    assert len(found) == 8


def test_a_check_that_fails_does_not_take_the_doctor_along(monkeypatch):
    def broken():
        raise RuntimeError("no such library")

    monkeypatch.setitem(doctor.CHECKS, "torch and device", broken)
    ok, message = finding("torch and device")
    assert not ok
    assert "no such library" in message
    assert finding("Python")[0]


def test_a_missing_jupyterlab_is_told_but_not_in_colab(monkeypatch):
    present = {"jupyterlab": False, "google.colab": False}
    monkeypatch.setattr(doctor, "_installed", lambda module: present[module])
    assert finding("JupyterLab") == (False, "pip install -e '.[lab]' (in the course's folder)")
    present["google.colab"] = True
    assert finding("JupyterLab")[0]


def test_widgets_need_the_browser_s_half(monkeypatch, tmp_path):
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *parts: [str(tmp_path)])
    ok, message = finding("widgets")
    assert not ok
    assert "anywidget" in message


def test_a_data_home_that_cannot_be_written_is_told(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DLCOURSE_DATA", str(tmp_path / "file" / "data"))
    assert doctor.main() == 1
    assert "set DLCOURSE_DATA to a folder that can" in capsys.readouterr().out
    monkeypatch.setenv("DLCOURSE_DATA", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert not finding("data home")[0]


def test_little_memory_and_disk_are_told(monkeypatch):
    monkeypatch.setattr(doctor, "_memory", lambda: doctor.GIB)
    assert finding("memory") == (
        False,
        "close other programs or use Colab: 1.0 GiB, a lesson takes up to 2",
    )
    monkeypatch.setattr(doctor, "_memory", lambda: None)
    assert finding("memory")[0]
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(doctor.GIB // 2))
    assert finding("disk")[0] is False


def test_memory_is_seen_here():
    assert float(re.search(r"([\d.]+) GiB", finding("memory")[1])[1]) > 0.25


def test_fonts_are_optional(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "CHINESE_FONTS", ("No Such Font",))
    assert not finding("fonts for Chinese text")[0]
    assert doctor.main() == 0
    assert "the browser's" in capsys.readouterr().out
    monkeypatch.setattr(doctor, "CHINESE_FONTS", ("DejaVu Sans",))  # comes with matplotlib
    assert finding("fonts for Chinese text") == (True, "DejaVu Sans")


def test_an_old_python_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "NEEDED_PYTHON", (9, 9))
    assert not finding("Python")[0]
