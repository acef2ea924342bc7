"""Exercise 4b of 03_cnn: what one output of a stack of layers sees."""

from collections.abc import Callable

from dlcourse.checks import expect
from dlcourse.checks.cnn.output_size import LENET, NO_DILATION, SPAN


def receptive_field(function: Callable) -> None:
    """Check exercise 4b: receptive_field(layers) -> int.

    Each of the layers is (kernel, stride, dilation, padding).
    """
    look = "exercise 4, formula (6); lesson 03_cnn/01_convolution, section 4"
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
    padded = {"padding is counted: it moves the field, it does not widen it": 9}
    for layers, want, mistakes in [
        ([(3, 1, 1, 0), (6, 1, 1, 0)], 8, two),
        ([(3, 1, 2, 0)], 5, {NO_DILATION: 3, SPAN: 6}),
        ([(3, 3, 1, 0)] * 3, 27, strides),
        ([(3, 1, 1, 1)] * 2, 5, padded),
        (LENET, 16, {}),
        ([], 1, {}),
    ]:
        expect.number(
            expect.result(function, (layers,), names="layers", look=look),
            want,
            name=f"receptive_field({layers})",
            cause="(kernel − 1) · dilation · product of the strides below is to be summed "
            "over the layers",
            look=look,
            mistakes=mistakes,
        )
