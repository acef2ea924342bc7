"""Exercise 4a of 03_cnn: what a stack of layers leaves of a picture."""

from collections.abc import Callable

from dlcourse.checks import expect

LENET = [(5, 1, 1, 2), (2, 2, 1, 0), (5, 1, 1, 0), (2, 2, 1, 0)]
NO_DILATION = "the dilation is left out"
SPAN = "a dilated kernel spans dilation · (kernel − 1) + 1 pixels, not kernel · dilation"


def output_size(function: Callable) -> None:
    """Check exercise 4a: output_size(size, layers) -> int.

    Each of the layers is (kernel, stride, dilation, padding).
    """
    look = "exercise 4, formula (5); lesson 03_cnn/01_convolution, section 2"
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
