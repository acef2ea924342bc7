"""Rounding as on another processor: what the noise moves, what it leaves alone, what it finds."""

import importlib
import os
import random
import re
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from torch import nn

from dlcourse.authoring import notebooks as nb
from dlcourse.authoring import perturbation, run

TRAIN = """
import torch
torch.manual_seed(0)
net = torch.nn.Linear(16, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for _ in range(50):
    optimizer.zero_grad()
    (net(torch.randn(4, 16)) - 1).square().mean().backward()
    optimizer.step()
sample = "".join("ab"[int(w * 2**26) % 2] for w in net.weight[0].tolist())
""".strip()
SAMPLE = "print(sample)"
ALONE = "print(torch.rand(3), Out, sorted(name for name in globals() if name[0] != '_'))"

OPTIMIZER = importlib.import_module("torch.optim.optimizer")  # torch.optim has no such name


@pytest.fixture
def perturb(monkeypatch):
    """The function, undone after the test; what `--perturb` asks of pytest is off meanwhile."""
    monkeypatch.setattr(OPTIMIZER, "_global_optimizer_post_hooks", OrderedDict())
    return perturbation.perturb


def trained(steps: int = 1, optimizer=torch.optim.Adam) -> torch.Tensor:
    torch.manual_seed(0)
    net = nn.Linear(40, 30)
    step = optimizer(net.parameters(), lr=0.01)
    for _ in range(steps):
        step.zero_grad()
        net(torch.randn(8, 40)).square().mean().backward()
        step.step()
    return net.weight.detach()


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.SGD, torch.optim.AdamW])
def test_each_trained_weight_is_a_millionth_off(perturb, optimizer):
    plain = trained(optimizer=optimizer)
    perturb(3)
    ratio = trained(optimizer=optimizer) / plain - 1
    assert 0.4e-6 < ratio.abs().mean() < 0.6e-6
    assert ratio.abs().max() < 1.2e-6
    assert ratio.mean().abs() < 1e-7


def test_what_is_not_trained_and_what_is_zero_stay(perturb):
    perturb(3)
    frozen, zero = torch.ones(5), torch.zeros(5, requires_grad=True)
    step = torch.optim.SGD([frozen, zero], lr=0.0)
    zero.sum().backward()
    step.step()
    assert (frozen == 1).all()
    assert (zero == 0).all()


def test_a_seed_and_a_training_repeat_and_other_seeds_differ(perturb):
    perturb(3)
    first = trained(steps=20)
    assert torch.equal(trained(steps=20), first)
    OPTIMIZER._global_optimizer_post_hooks.clear()
    perturb(4)
    assert not torch.equal(trained(steps=20), first)


def test_the_readers_random_numbers_are_untouched(perturb):
    def states():
        return random.getstate(), str(np.random.get_state()), torch.get_rng_state().tolist()

    weight = torch.ones(9, requires_grad=True)
    step = torch.optim.Adam([weight])
    weight.sum().backward()
    before = states()
    perturb(3)
    step.step()
    assert states() == before
    assert weight.unique().numel() > 1


def write(path: Path, tags: tuple = ()) -> None:
    """Write a notebook as it runs unperturbed: its second cell prints a sample of a trained net."""
    space = {"Out": {}}
    exec(TRAIN, space)
    names = {*space, "In", "exit", "get_ipython", "open", "quit"}
    left = f"{torch.rand(3)} {{}} {sorted(name for name in names if name[0] != '_')}\n"
    cells = [(TRAIN, "", ()), (SAMPLE, f"{space['sample']}\n", tags), (ALONE, left, ())]
    notebook = nbformat.v4.new_notebook()
    for count, (source, text, tags) in enumerate(cells, 1):
        outputs = [nbformat.v4.new_output("stream", text=text)] if text else []
        metadata = {"tags": list(tags)}
        notebook.cells.append(
            nbformat.v4.new_code_cell(
                source, execution_count=count, outputs=outputs, metadata=metadata
            )
        )
    nbformat.write(notebook, path)


def start(*arguments: Path | str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", run.COMMAND, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_untagged_sample_of_a_trained_net_is_caught_and_nothing_else(perturb, tmp_path):
    write(tmp_path / "sampled.ipynb")
    write(tmp_path / "tagged.ipynb", ("measured",))
    plain = start(tmp_path / "sampled.ipynb")
    assert plain.returncode == 0, plain.stdout
    found = start(tmp_path, "--perturb", "5", "--jobs", "2")
    assert found.returncode == 1
    assert re.findall(r"^FAILED .*/(\w+\.ipynb::Cell \d)", found.stdout, re.M) == [
        "sampled.ipynb::Cell 1"
    ]
    *_, tagged, both, repeat = found.stdout.splitlines()
    assert tagged.endswith("/tagged: 3 cells, 0 trained (0%), 1 measured (33%)")
    assert both == "all: 6 cells, 0 trained (0%), 1 measured (17%)"
    assert repeat.endswith("python -m dlcourse.authoring.run --perturb 5 PATH")


def test_each_repetition_has_a_seed_of_its_own(monkeypatch, tmp_path):
    write(tmp_path / "sampled.ipynb")
    seeds = []
    monkeypatch.setattr(run, "run", lambda paths, seed: seeds.append(seed))
    monkeypatch.setattr(run, "patch", lambda cell_type: None)
    monkeypatch.setattr(nb, "kernel_environment", dict)
    run.main([str(tmp_path), "--perturb", "5", "--repeat", "3"])
    run.main([str(tmp_path)])
    assert seeds == [5, 6, 7, None]


def test_the_seed_of_a_commit_repeats_and_there_is_one_without_git(monkeypatch):
    assert perturbation.seed("12") == 12
    assert perturbation.seed("commit") == perturbation.seed("commit") >= 0
    with pytest.raises(ValueError, match="invalid literal"):
        perturbation.seed("commits")
    monkeypatch.setenv("PATH", "")
    assert perturbation.seed("commit") == 0


TEST = """
import torch

def test_a_step_of_no_length_moves_the_weight():
    weight = torch.ones(9, requires_grad=True)
    step = torch.optim.SGD([weight], lr=0.0)
    weight.sum().backward()
    step.step()
    assert weight.unique().numel() > 1
"""


def test_pytest_perturbs_and_says_how_to_repeat(tmp_path):
    path = tmp_path / "test_step.py"
    path.write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "conftest", path]
    environment = os.environ | {"PYTHONPATH": str(nb.ROOT / "tests")}
    for options, status, last in [([], 1, "1 failed"), (["--perturb", "7"], 0, "--perturb 7 PATH")]:
        done = subprocess.run(
            [*command, *options], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout
        assert last in done.stdout
