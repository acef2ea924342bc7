"""Rounding as on another processor: noise of one part in a million on what is trained.

`dlcourse.authoring.run --perturb` runs this file in each kernel, `pytest --perturb` in its own.
"""

import subprocess
from pathlib import Path
from weakref import WeakKeyDictionary

NOISE = 1e-6


def perturb(seed: int) -> None:
    """Multiply, from now on, what any optimizer trains by 1 + noise after each of its steps.

    The same training gets the same noise again, as one processor rounds the same way again. The
    random numbers come from a generator of our own.
    """
    import torch
    from torch.optim.optimizer import register_optimizer_step_post_hook

    generators = WeakKeyDictionary()

    @torch.no_grad()
    def shake(optimizer: torch.optim.Optimizer, args: tuple, kwargs: dict) -> None:
        if optimizer not in generators:
            generators[optimizer] = torch.Generator().manual_seed(seed)
        own = {"generator": generators[optimizer]}
        for group in optimizer.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:  # what has not moved was not rounded
                    noise = torch.empty(weight.shape).uniform_(-NOISE, NOISE, **own)
                    weight.mul_(1 + noise.to(weight))

    register_optimizer_step_post_hook(shake)


def seed(text: str) -> int:
    """Return the seed that an option names: a number, or `commit` for that of git's HEAD."""
    if text != "commit":
        return int(text)
    try:
        here = str(Path(__file__).parent)
        command = ["git", "-C", here, "rev-parse", "--short=7", "HEAD"]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout, 16)
    except (OSError, subprocess.CalledProcessError):
        return 0  # no git, or a copy without its history


OPTION = {
    "type": seed,
    "metavar": "SEED",
    "help": "round what is trained as another processor may; `commit`: a seed for each commit",
}


def told(seed: int, command: str) -> str:
    """Say how to run again what has just run."""
    return f"perturbed with seed {seed}; the same again: {command} --perturb {seed} PATH"
