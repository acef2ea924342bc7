"""Exercise 2 of 03_cnn: features that pass through gates."""

from collections.abc import Callable
from functools import partial
from math import e, exp, expm1, log, tanh

import torch
from torch.nn import functional as F

from dlcourse.checks import expect


def gated_conv(function: Callable) -> None:
    """Check exercise 2: gated_conv(x, weight, bias, dilation) -> out."""
    look = "exercise 2, formula (3); lesson 03_cnn/01_convolution, section 1"
    run = partial(_gated_conv, function, look)
    # One pixel of value 1 and kernels of 1 x 1: the weights are the features f and the gates g.
    one, f, g = _pixels(1), _pixels(-2, 1), _pixels(log(3), 0)
    elu, gate = _pixels(expm1(-2), 1), _pixels(3 / 4, 1 / 2)
    swapped, competing = F.elu(g) * f.sigmoid(), [expm1(-2) * 3 / 4, 1 / 4]
    interleaved = [expm1(-2) * e / (1 + e), log(3) / 2]
    expect.close(
        run(one, torch.cat([f, g], dim=1).transpose(0, 1), torch.zeros(4), 1),
        elu * gate,
        name="out for features -2 and 1 and gates before the sigmoid ln 3 and 0",
        cause="ELU(features) · sigmoid(gates) is not what is computed",
        look=look,
        mistakes={
            "features go in without their ELU: this is F.glu": f * gate,
            "the halves are swapped: the first O filters make features, "
            "the last O make gates": swapped,
            "every second filter is taken as a gate; the gates are the last O filters": interleaved,
            "the ELU comes after the product; it belongs to the features alone": F.elu(f * gate),
            "the gate has no sigmoid, so it is not between 0 and 1": elu * g,
            "the gates are softmaxed, so that channels compete; "
            "each gate has its own sigmoid": competing,
            "the features have a ReLU where the formula has an ELU": [0, 1 / 2],
            "the gate is a tanh where the formula has a sigmoid": [expm1(-2) * tanh(log(3)), 0],
            "the sigmoid is on the features as well": f.sigmoid() * gate,
        },
    )
    # A single 1 in the corner, seen by the top left weight alone: it lands `dilation` steps away.
    x, weight = torch.zeros(1, 1, 5, 6), torch.zeros(2, 1, 3, 3)
    x[..., 0, 0] = weight[0, 0, 0, 0] = 1
    want, undilated = torch.zeros(1, 1, 5, 6), torch.zeros(1, 1, 5, 6)
    want[..., 2, 2] = undilated[..., 1, 1] = 0.5
    expect.close(
        run(x, weight, torch.zeros(2), 2),
        want,
        name="out with dilation 2 for a single 1 in the corner of x",
        cause="the kernel's weights stand `dilation` pixels apart",
        look=look,
        mistakes={"the dilation is not used": undilated},
    )
    expect.close(
        run(one, torch.zeros(2, 1, 1, 1), torch.tensor([2, log(3)]), 1),
        _pixels(2 * 3 / 4),
        name="out for weights 0 and biases 2 and ln 3",
        cause="the bias is added to the convolution, before ELU and sigmoid",
        look=look,
        mistakes={
            "the bias is left out, at least of the features": 0,
            "the bias is left out of the gates": 2 / 2,
            "the halves of the bias have changed places": log(3) / (1 + exp(-2)),
        },
    )


def _gated_conv(function: Callable, look: str, *arguments):
    result = expect.result(function, arguments, names="x, weight, bias, dilation", look=look)
    (B, _, H, W), filters = arguments[0].shape, len(arguments[1])
    cause = (
        "half of the filters make gates; height and width stay with padding dilation · (k − 1)/2"
    )
    expect.tensor(result, (B, filters // 2, H, W), name="out", look=look, shape_cause=cause)
    return result


def _pixels(*values: float) -> torch.Tensor:
    """One pixel with these values as its channels: (1, C, 1, 1)."""
    return torch.tensor(values, dtype=torch.float).reshape(1, -1, 1, 1)
