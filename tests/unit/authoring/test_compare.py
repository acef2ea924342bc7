"""The comparison of outputs catches planted faults, and nothing else."""

import copy
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest

from dlcourse import plot
from dlcourse.authoring import run
from dlcourse.authoring.compare import differences

TEXT = "epoch 3: loss 0.4120, accuracy 0.9710\ntensor([ 0.10, -0.20])\n"


def stream(text: str):
    return nbformat.v4.new_output("stream", text=text)


def figure(pixels):
    bundle = plot.mimebundle(plot.encode(np.asarray(pixels, np.uint8)), "a slope")
    return nbformat.v4.new_output("display_data", bundle)


SLOPE = np.tile(np.arange(0, 240, 5), (48, 1))
STORED = [stream(TEXT), figure(SLOPE)]


@pytest.mark.parametrize("tags", [[], ["trained"], ["measured"]])
def test_equal_outputs(tags):
    assert differences(STORED, copy.deepcopy(STORED), tags) == []


@pytest.mark.parametrize(
    "old, new",
    [
        ("0.4120", "0.4139"),
        ("0.10, -0.20", "0.097, -0.2"),
        ("0.9710", "0.97"),
        ("0.9710", "9.71e-1"),
    ],
)
def test_floats_within_tolerance(old, new):
    assert differences(STORED, [stream(TEXT.replace(old, new)), STORED[1]]) == []


@pytest.mark.parametrize(
    "old, new",
    [
        ("0.4120", "0.4420"),
        ("0.4120", "nan"),
        ("epoch 3", "epoch 4"),
        ("loss", "less"),
        ("\n", "!\n"),
    ],
)
def test_changed_text_is_caught(old, new):
    fresh = [stream(TEXT.replace(old, new)), STORED[1]]
    assert "text was" in " ".join(differences(STORED, fresh))


def test_trained_may_change_its_numbers():
    fresh = [stream(TEXT.replace("0.4120", "1.8").replace("3", "12")), figure(255 - SLOPE)]
    assert differences(STORED, fresh, ["trained"]) == []
    assert differences(STORED, fresh) != []


@pytest.mark.parametrize("old, new", [("loss", "less"), ("0.4120", "nan")])
def test_trained_keeps_its_words(old, new):
    assert differences(STORED, [stream(TEXT.replace(old, new)), STORED[1]], ["trained"]) != []


def test_measured_keeps_only_its_kinds():
    assert differences(STORED, [stream("other words"), figure(255 - SLOPE)], ["measured"]) == []
    assert differences(STORED, [stream(TEXT)], ["measured"]) != []


@pytest.mark.parametrize("tags", [[], ["trained"], ["measured"]])
def test_lost_and_broken_pictures_are_caught(tags):
    broken = copy.deepcopy(STORED[1])
    broken.data["image/png"] = broken.data["image/png"][:60]
    for fresh in ([], [figure(np.zeros((48, 48)))], [figure(np.full((48, 48), 200))], [broken]):
        assert differences(STORED, [STORED[0], *fresh], tags) != []
        assert differences([STORED[0], *fresh], STORED, tags) != []


def test_strict_pictures():
    assert differences([figure(SLOPE)], [figure(SLOPE + 3)]) == []
    assert differences([figure(SLOPE)], [figure(SLOPE.T)]) == ["a picture is drawn otherwise"]


BLACK = (
    "import numpy as np\nfrom dlcourse import plot\nplot.show(np.zeros((48, 48)), alt='a slope')"
)
EXPLORER = "import numpy as np\nfrom dlcourse import widgets\nkept = widgets.Explorer("
SLANT = "np.linspace(0, 0.5, 48).reshape(6, 8) + w * np.eye(6, 8) / 2"
STILL = SLANT.replace("w", "0.0")
PLANTED = {
    # the cell: its stored output where that is not what it prints, and its tags
    "print('accuracy', 0.9712)": ("accuracy 0.9650\n", []),
    "print('loss', 0.5)": ("loss 0.9\n", ["trained"]),
    "print('drifts', 0.9)": ("drifts 0.8\n", []),
    "print('word')": ("ward\n", []),
    "print('lost figure')": (figure(SLOPE), []),
    BLACK: (figure(SLOPE), ["measured"]),
    "print('not counted')": ("not counted\n", []),
    "import os; print(os.environ['DLCOURSE_STATIC'])": ("1\n", []),
    "import socket\ntry:\n    socket.create_connection(('192.0.2.1', 80), timeout=9)\n"
    "except ConnectionRefusedError as error:\n    print(error)": (
        "the network is closed here: 192.0.2.1\n", [],
    ),
    f"{EXPLORER}lambda w: {SLANT}, alt='', w=(0.0, 1.0, 0.5))": ("", []),
    f"{EXPLORER}lambda w: {STILL}, alt='', w=(0.0, 1.0, 0.5))": ("", []),
}  # fmt: skip


def test_a_run_of_nbval_catches_what_is_planted(tmp_path):
    cells = []
    for count, (source, (stored, tags)) in enumerate(PLANTED.items(), 1):
        outputs = [stream(stored) if isinstance(stored, str) else stored] if stored else []
        cells.append(
            nbformat.v4.new_code_cell(
                source, execution_count=count, outputs=outputs, metadata={"tags": tags}
            )
        )
    cells[6].execution_count = None
    cells[6].outputs = []
    path = tmp_path / "planted.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    done = subprocess.run(
        [sys.executable, "-m", run.COMMAND, path], capture_output=True, text=True, check=False
    )
    failed = [int(number) for number in re.findall(r"^FAILED .*::Cell (\d+)", done.stdout, re.M)]
    assert failed == [2, 3, 4, 5, 6, 10], done.stdout + done.stderr
    assert "draws one picture twice" in done.stdout
    assert done.returncode == 1
    assert "11 cells, 1 trained (9%), 1 measured (9%)" in done.stdout
