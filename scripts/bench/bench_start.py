"""How soon does a reader see something? Prints medians, and ratios to peers timed in one run."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import torch
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
LESSON = ROOT / "course/03_cnn/01_convolution.ipynb"
OURS = """
from dlcourse import data, runtime, train
from dlcourse.models.cnn import LeNet
digits, held_out = data.load_mnist()
runtime.set_seed(0)
h = train.fit(LeNet(), digits, held_out, epochs=8, lr=5e-3)
epochs = next((i for i, a in enumerate(h.val_accuracy, 1) if a >= 0.96), float("nan"))
print(h.seconds * epochs / len(h.val_accuracy), h.val_accuracy[-1])
"""
PRODUCTS = 28**2 * 6 * 25 + 10**2 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10  # a digit, forward


def main() -> None:
    os.environ["DLCOURSE_STATIC"] = "1"
    bare = median(lambda: run("-c", "pass"))
    package, with_torch, alone = medians(
        lambda: run("-c", "import dlcourse"),
        lambda: run("-c", "from dlcourse import data, plot, train, widgets"),
        lambda: run("-c", "import torch"),
    )
    torch_alone, figure = alone - bare, median(first_figure, 3)
    for what, seconds, note in (
        ("import dlcourse", package - bare, ""),
        ("import all a lesson needs", with_torch - bare, ""),
        ("lesson's first figure", figure, " (kernel's start included)"),
    ):
        print(f"{what:<26} {seconds:6.2f} s   {ratio(seconds, torch_alone)} import torch{note}")
    print(f"{'import torch':<26} {torch_alone:6.2f} s")
    ours, plain = zip(
        *[(learn("-c", OURS), learn(ROOT / "scripts/bench/plain_lenet.py")) for _ in range(3)]
    )
    for name, runs in (("LeNet, course", ours), ("LeNet, plain script", plain)):
        wall, reached, accuracy = (statistics.median(column) for column in zip(*runs))
        print(
            f"{name:<20} {reached:5.1f} s to 96 %, {wall:5.1f} s in all, {accuracy:.1%} at the end"
        )
    pairs = [(a[0] / b[0], a[1] / b[1]) for a, b in zip(ours, plain)]
    whole, training = (statistics.median(column) for column in zip(*pairs))
    print(f"course / plain: {training:.2f} to 96 %, {whole:.2f} in all")
    flops = 8 * 4000 * PRODUCTS * 2 * 3  # two a product, forward and twice that backward
    seconds = flops / peak()
    training = statistics.median(run[0] for run in ours) - with_torch
    print(
        f"arithmetic: {flops / 1e9:.0f} GFLOP = {seconds:.1f} s at this machine's peak, "
        f"{seconds / training:.0%} of the training time"
    )


def run(*arguments) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], check=True, capture_output=True, text=True
    )
    return done.stdout


def learn(*arguments) -> tuple[float, float, float]:
    """Return (seconds of the whole process, seconds to 96 %, accuracy)."""
    start = time.perf_counter()
    reached, accuracy = map(float, run(*arguments).split())
    return time.perf_counter() - start, reached, accuracy


def first_figure() -> None:
    notebook = nbformat.read(LESSON, as_version=4)
    shown = next(
        i
        for i, cell in enumerate(notebook.cells)
        if any("text/html" in output.get("data", {}) for output in cell.get("outputs", []))
    )
    notebook.cells = notebook.cells[: shown + 1]
    with tempfile.TemporaryDirectory() as folder:
        resources, quiet = {"metadata": {"path": folder}}, ["--IPKernelApp.log_level=ERROR"]
        NotebookClient(notebook, resources=resources, extra_arguments=quiet).execute()


def median(call, times: int = 5) -> float:
    return medians(call, times=times)[0]


def medians(*calls, times: int = 5) -> list[float]:
    """Time the calls in turn, so that a drift of the machine hits them alike."""
    seconds = [[] for _ in calls]
    for _ in range(times):
        for call, column in zip(calls, seconds):
            start = time.perf_counter()
            call()
            column.append(time.perf_counter() - start)
    return [statistics.median(column) for column in seconds]


def peak() -> float:
    """Return the FLOP/s of a large float32 matrix product."""
    a = torch.rand(2048, 2048)
    a @ a
    return 2 * 2048**3 / median(lambda: a @ a)


def ratio(ours: float, peer: float) -> str:
    return f"{ours / peer:5.2f} x"


if __name__ == "__main__":
    main()
