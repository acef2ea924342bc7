"""Exercises 4 and 5: stacks of layers, counted and trained."""

from collections.abc import Callable

from dlcourse.checks import expect, nets
from dlcourse.checks.cnn.images import LESSON

# What `tiny_net` is held to; training takes about 2 s on two cores.
BUDGET, BAR = 5000, 0.92
SPEC = {"data": "mnist", "epochs": 3, "batch": 100, "lr": 2e-2}
LENET = [(5, 1, 1, 2), (2, 2, 1, 0), (5, 1, 1, 0), (2, 2, 1, 0)]
NO_DILATION = "the dilation is left out"
SPAN = "a dilated kernel spans dilation · (kernel − 1) + 1 pixels, not kernel · dilation"


def output_size(function: Callable) -> None:
    """Check exercise 4a: output_size(size, layers) -> int, layers (kernel, stride, dilation, padding)."""
    look = f"exercise 4, formula (5); {LESSON}, section 2"
    for size, layers, want, mistakes in [
        (5, [(3, 1, 1, 0)], 3, {"a window of 3 fits size − 3 + 1 times": 2}),
        (5, [(3, 1, 1, 1)], 5, {"padding is added on both sides": 4, "padding is left out": 3}),
        (8, [(3, 2, 1, 0)], 3, {"a window that does not fit is not counted: round down": 4}),
        (9, [(3, 1, 2, 0)], 5, {NO_DILATION: 7, SPAN: 4}),
        (28, LENET, 5, {}),
        (3, [(5, 1, 1, 0)], 0, {"a kernel wider than its input has no output: 0": -1}),
        (2, [(3, 2, 1, 0)], 0, {"round down, below zero too: −½ becomes −1, not 0": 1}),
        (17, [], 17, {}),
    ]:
        expect.number(
            expect.result(function, (size, layers), names="size, layers", look=look),
            want,
            name=f"output_size({size}, {layers})",
            cause="formula (5), layer after layer, gives another number",
            look=look,
            mistakes=mistakes,
        )


def receptive_field(function: Callable) -> None:
    """Check exercise 4b: receptive_field(layers) -> int, layers (kernel, stride, dilation, padding)."""
    look = f"exercise 4, formula (6); {LESSON}, section 4"
    two = {  # by kernels that differ; of two times 3, 4 is the product of kernel − 1 as well
        "the kernels are multiplied: the field grows by kernel − 1 a layer": 18,
        "the kernels are summed, or 1 is added twice: the field grows by kernel − 1 a layer": 9,
        "the field starts at 1 pixel, not at 0": 7,
    }
    strides = {
        "strides are left out: a step further up is several steps in the input": 7,
        "a layer's own stride widens the layers above it, not itself": 79,
        "only the stride just below counts; it must be the product of all below": 15,
        "the strides below are summed; they must be multiplied": 21,
    }
    for layers, want, mistakes in [
        ([(3, 1, 1, 0), (6, 1, 1, 0)], 8, two),
        ([(3, 1, 2, 0)], 5, {NO_DILATION: 3, SPAN: 6}),
        ([(3, 3, 1, 0)] * 3, 27, strides),
        (
            [(3, 1, 1, 1)] * 2,
            5,
            {"padding is counted: it moves the field, it does not widen it": 9},
        ),
        (LENET, 16, {}),
        ([], 1, {}),
    ]:
        expect.number(
            expect.result(function, (layers,), names="layers", look=look),
            want,
            name=f"receptive_field({layers})",
            cause="(kernel − 1) · dilation · product of the strides below is to be summed over the layers",
            look=look,
            mistakes=mistakes,
        )


def tiny_net(build: Callable, seed: int = 0, bar: float = BAR) -> None:
    """Check exercise 5: build() -> nn.Module, small enough, and right on held-out digits after training."""
    look = f"exercise 5; {LESSON}, section 5"
    nets.budget(build, BUDGET, look=look)
    nets.classifier(build, (1, 28, 28), 10, look=look)
    nets.held_out(build, SPEC | {"seed": seed}, bar, BUDGET, look=look)
