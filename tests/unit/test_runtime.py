import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from dlcourse import runtime


def test_importing_the_package_does_not_import_torch():
    code = "import sys, dlcourse, dlcourse.runtime; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(("value", "static"), [("1", True), ("0", False), ("", False)])
def test_static_reads_its_variable(monkeypatch, value, static):
    monkeypatch.setenv("DLCOURSE_STATIC", value)
    assert runtime.static() is static


def test_set_seed_repeats_all_three_generators():
    def draw():
        return random.random(), np.random.rand(), torch.rand(1).item()

    runtime.set_seed(3)
    first = draw()
    runtime.set_seed(3)
    assert draw() == first
    runtime.set_seed(4)
    assert all(new != old for new, old in zip(draw(), first, strict=True))


def test_pick_device_takes_the_fastest_present(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert runtime.pick_device().type == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert runtime.pick_device().type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert runtime.pick_device().type == "cuda"


def test_data_home_follows_the_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("DLCOURSE_DATA", str(tmp_path / "mine"))
    assert runtime.data_home() == tmp_path / "mine"
    assert not (tmp_path / "mine").exists()
    monkeypatch.delenv("DLCOURSE_DATA")
    assert runtime.data_home().name == "dlcourse"


def test_a_course_error_shows_one_line():
    error = runtime.CourseError("do this")
    assert error._render_traceback_() == ["CourseError: do this"]


@pytest.mark.parametrize(("given", "policy"), [(None, "passive"), ("active", "active")])
def test_threads_sleep_while_they_wait_unless_told_otherwise(given, policy):
    code = "import os, dlcourse; print(os.environ['OMP_WAIT_POLICY'])"
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    environment |= {"OMP_WAIT_POLICY": given} if given else {}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == policy
