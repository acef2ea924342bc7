"""Exercise 5 of 03_cnn: digits read with few weights."""

from collections.abc import Callable

from dlcourse.checks import nets

# What `tiny_net` is held to; training takes about 2 s on two cores.
BUDGET, BAR = 5000, 0.92
SPEC = {"data": "mnist", "epochs": 3, "batch": 100, "lr": 2e-2}


def tiny_net(build: Callable, seed: int = 0, bar: float = BAR) -> None:
    """Check exercise 5: build() -> nn.Module, small, and right on new digits once trained."""
    look = "exercise 5; lesson 03_cnn/01_convolution, section 5"
    nets.budget(build, BUDGET, look=look)
    nets.classifier(build, (1, 28, 28), 10, look=look)
    nets.held_out(build, SPEC | {"seed": seed}, bar, BUDGET, look=look)
