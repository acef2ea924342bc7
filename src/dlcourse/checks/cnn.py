"""Visible checks of assignment 03_cnn: properties and small worked numbers, each with its causes.

Every check takes the student's function and raises CheckFailed at the first thing that is wrong.
"""

from collections.abc import Callable
from math import exp, expm1, log

import torch

from dlcourse.checks import answer, expect, nets

LESSON = "lesson 03_cnn/01_convolution"
# What `tiny_net` is held to. Training takes about 2 s on two cores.
BUDGET, BAR = 5000, 0.92
SPEC = {"data": "mnist", "epochs": 3, "batch": 100, "lr": 2e-2}


def partial_conv(function: Callable) -> None:
    """Check exercise 1: partial_conv(x, mask, weight, bias) -> (out, new_mask)."""
    look = f"exercise 1, formulas (1) and (2); {LESSON}, section 1"
    # One window of 3 x 3 in two channels: 1 to 8 are known, and 90 lies under the hole.
    x = torch.zeros(1, 2, 3, 3)
    x[0, 0] = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 90]])
    mask = torch.ones(1, 1, 3, 3)
    mask[..., 2, 2] = 0
    ones, bias = torch.ones(1, 2, 3, 3), torch.tensor([1.0])
    out, _ = _partial(function, (x, mask, ones, bias), (1, 1, 1, 1), look)
    expect.close(
        out,
        _one(36 * 9 / 8 + 1),
        name="out for the known values 1 to 8, weights 1 and bias 1",
        cause="(sum over the known pixels) · k²/(number of known pixels) + bias is not what is computed",
        look=look,
        mistakes={
            "what lies under the hole takes part: x is not multiplied by the mask": _one(
                126 * 9 / 8 + 1
            ),
            "this is F.conv2d of x: the mask plays no part": _one(127),
            "the sum is not scaled up by k²/(number of known pixels)": _one(37),
            "the bias is scaled too: add it after the scaling": _one(37 * 9 / 8),
            "the sum is divided by the number of known pixels, but not multiplied by k²": _one(5.5),
            "the scale is upside down: it is k²/(number of known pixels)": _one(33),
            "the mask is read the wrong way round: 1 means known, 0 means hole": _one(811),
            "the number of channels is in the scale, though the mask has one channel": _one(82),
        },
    )
    hole = torch.zeros(1, 1, 3, 3)
    out, new_mask = _partial(function, (x, hole, ones, bias), (1, 1, 1, 1), look)
    expect.close(
        out,
        _one(0),
        name="out where no pixel of the window is known",
        cause="where nothing is known the output is 0",
        look=look,
        mistakes={"the bias is added where nothing is known": _one(1)},
        finite_cause="a division by zero where no pixel of the window is known",
    )
    mask = torch.zeros(1, 1, 4, 5)
    mask[..., 0, 0] = mask[..., :3, 4] = 1
    x = torch.arange(20.0).reshape(1, 1, 4, 5)
    weight = torch.tensor([[[[0.0, 1], [2, 3]]], [[[1.0, 0], [0, 0]]]])
    arguments = (x, mask, weight, torch.zeros(2))
    _, new_mask = _partial(function, arguments, (1, 2, 3, 4), look)
    known = torch.tensor([[1.0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]]).reshape(1, 1, 3, 4)
    expect.close(
        new_mask,
        known,
        name="new_mask",
        cause="it is 1 where at least one pixel of the window is known, else 0",
        look=look,
        mistakes={
            "it holds counts: it must be 1 where the count is above 0": known
            * torch.tensor([[1.0, 0, 0, 2], [0, 0, 0, 2], [0, 0, 0, 1]]),
            "it is 1 only where all pixels of the window are known; one is enough": known * 0,
            "it says 1 where nothing is known: the mask is read the wrong way round": 1 - known,
        },
    )
    arguments = (x, torch.ones_like(mask), weight, torch.tensor([0.5, -1]))
    out, _ = _partial(function, arguments, (1, 2, 3, 4), look)
    want = torch.nn.functional.conv2d(x, *arguments[2:])
    cause = "the kernel is turned or moved: with nothing missing this is an ordinary convolution"
    expect.close(out, want, name="out with nothing missing", cause=cause, look=look)


def _partial(function: Callable, arguments: tuple, shape: tuple, look: str):
    result, after = answer.call(function, *arguments)
    expect.unchanged(arguments, after, names="x, mask, weight, bias", look=look)
    expect.that(
        isinstance(result, tuple | list) and len(result) == 2,
        want="two tensors: return out, new_mask",
        got=expect.describe(result),
        cause="the function ends without `return`"
        if result is None
        else "one of the two is missing",
        look=look,
    )
    batch, _, height, width = shape
    expect.tensor(result[0], shape, name="out", look=look)
    expect.tensor(
        result[1],
        (batch, 1, height, width),
        name="new_mask",
        look=look,
        shape_cause="a mask has one channel, whatever the number of filters",
    )
    return result


def gated_conv(function: Callable) -> None:
    """Check exercise 2: gated_conv(x, weight, bias, dilation) -> out."""
    look = f"exercise 2, formula (3); {LESSON}, section 1"
    # One pixel of value 1 and kernels of 1 x 1, so that the weights are the feature and the gate.
    f, g = torch.tensor([-2.0, 1.0]), torch.tensor([log(3), 0.0])
    elu, gate = torch.tensor([expm1(-2), 1.0]), torch.tensor([0.75, 0.5])
    arguments = (torch.ones(1, 1, 1, 1), torch.cat([f, g]).reshape(4, 1, 1, 1), torch.zeros(4), 1)
    out = _gated(function, arguments, (1, 2, 1, 1), look)
    mixed_f, mixed_g = torch.tensor([expm1(-2), log(3)]), torch.tensor([1 / (1 + exp(-1)), 0.5])
    swapped = torch.tensor([log(3), 0.0]) * torch.sigmoid(f)
    mistakes = {
        "features go in without their ELU: this is F.glu": f * gate,
        "the halves are swapped: the first O filters make features, the last O make gates": swapped,
        "every second filter is taken as a gate; the gates are the last O filters": mixed_f
        * mixed_g,
        "the ELU comes after the product; it belongs to the features alone": torch.tensor(
            [expm1(-1.5), 0.5]
        ),
        "the gate has no sigmoid, so it is not between 0 and 1": elu * g,
        "the gates are softmaxed, so that channels compete; each gate has its own sigmoid": elu
        * torch.tensor([0.75, 0.25]),
        "the features have a ReLU where the formula has an ELU": torch.tensor([0.0, 0.5]),
        "the gate is a tanh where the formula has a sigmoid": elu * torch.tanh(g),
        "the sigmoid is on the features as well": torch.sigmoid(f) * gate,
    }
    expect.close(
        out,
        (elu * gate).reshape(1, 2, 1, 1),
        name="out for features -2 and 1 and gates before the sigmoid ln 3 and 0",
        cause="ELU(features) · sigmoid(gates) is not what is computed",
        look=look,
        mistakes={cause: value.reshape(1, 2, 1, 1) for cause, value in mistakes.items()},
    )
    # A single 1 in the corner, seen by the top left weight alone: it lands `dilation` steps away.
    x, weight = torch.zeros(1, 1, 5, 6), torch.zeros(2, 1, 3, 3)
    x[..., 0, 0] = weight[0, 0, 0, 0] = 1
    want, undilated = torch.zeros(1, 1, 5, 6), torch.zeros(1, 1, 5, 6)
    want[..., 2, 2] = undilated[..., 1, 1] = 0.5
    arguments = (x, weight, torch.zeros(2), 2)
    expect.close(
        _gated(function, arguments, (1, 1, 5, 6), look),
        want,
        name="out with dilation 2 for a single 1 in the corner of x",
        cause="the kernel's weights stand `dilation` pixels apart",
        look=look,
        mistakes={"the dilation is not used": undilated},
    )
    arguments = (torch.ones(1, 1, 1, 1), torch.zeros(2, 1, 1, 1), torch.tensor([2.0, log(3)]), 1)
    cause = "the bias is left out, or added to the wrong half"
    out = _gated(function, arguments, (1, 1, 1, 1), look)
    expect.close(
        out, _one(1.5), name="out for weights 0 and biases 2 and ln 3", cause=cause, look=look
    )


def _gated(function: Callable, arguments: tuple, shape: tuple, look: str):
    result, after = answer.call(function, *arguments)
    expect.unchanged(arguments, after, names="x, weight, bias, dilation", look=look)
    cause = (
        "half of the filters make gates; height and width stay with padding dilation · (k − 1)/2"
    )
    expect.tensor(result, shape, name="out", look=look, shape_cause=cause)
    return result


def soft_pool(function: Callable) -> None:
    """Check exercise 3: soft_pool(x, kernel_size, stride) -> out."""
    look = f"exercise 3, formula (4); {LESSON}, section 3"
    window = torch.tensor([[1.0, 2], [3, 6]]).log()
    x = torch.stack([window, torch.zeros(2, 2)])[None]  # the second channel is all zeros
    soft = (2 * log(2) + 3 * log(3) + 6 * log(6)) / 12
    out = _soft(function, (x, 2, 2), (1, 2, 1, 1), look)
    mistakes = {
        "this is max pooling": log(6),
        "this is average pooling": window.mean().item(),
        "this is log(sum of exp), another smooth maximum": log(12),
        "this is log(mean of exp), another smooth maximum": log(3),
        "these are the weights' sums: multiply the weights with the values": 1.0,
        "the softmax runs over more than the k² pixels of one window in one channel": soft
        * 12
        / 16,
        "the weighted values are averaged: they must be summed": soft / 4,
    }
    expect.close(
        out[:, :1],
        _one(soft),
        name="out for the window 0, ln 2, ln 3, ln 6",
        cause="Σ softmax(x) · x over the window is not what is computed",
        look=look,
        mistakes={cause: _one(value) for cause, value in mistakes.items()},
    )
    x = torch.tensor([[1000.0, 999, -1000, -1001], [0, -1000, -1000, -1001]])[None, None]
    expect.close(
        _soft(function, (x, 2, 2), (1, 1, 1, 2), look),
        torch.tensor([1000 - 1 / (1 + exp(1)), -1000 - 1 / (1 + exp(1))]).reshape(1, 1, 1, 2),
        name="out for a window near 1000 beside one near -1000",
        cause="exp of such numbers: subtract the largest value of each window before exp",
        look=look,
        tolerance=1e-6,
        finite_cause="exp of a large number, or 0/0: subtract the largest value of each window before exp",
    )
    x = torch.tensor([[0.0, 1, 2, 3], [5, 4, 3, 1]])[None, None]
    out = _soft(function, (x, 2, 1), (1, 1, 1, 3), look)
    cause = (
        "windows overlap when the stride is below the kernel size, or pixels of windows are mixed"
    )
    for column in range(3):
        part = x[..., column : column + 2]
        alone = _soft(function, (part, 2, 2), (1, 1, 1, 1), look)
        name = f"window {column} of x with stride 1, equal to soft_pool of that window alone"
        expect.close(out[..., column : column + 1], alone, name=name, cause=cause, look=look)
    (got,) = answer.grad(function, (window[None, None], 2, 2), wrt=[0])
    weights = torch.tensor([[1.0, 2], [3, 6]]) / 12
    expect.close(
        got,
        (weights * (1 + window - soft))[None, None],
        name="gradient of out with respect to the window 0, ln 2, ln 3, ln 6",
        cause="a part of the computation is cut off from the gradient",
        look=look,
        mistakes={"the weights are detached: gradients flow through them too": weights[None, None]},
    )


def _soft(function: Callable, arguments: tuple, shape: tuple, look: str):
    result, after = answer.call(function, *arguments)
    expect.unchanged(arguments, after, names="x, kernel_size, stride", look=look)
    cause = "each channel has floor((size − kernel_size)/stride) + 1 windows along each axis"
    expect.tensor(result, shape, name="out", look=look, shape_cause=cause)
    return result


def output_size(function: Callable) -> None:
    """Check exercise 4a: output_size(size, layers) -> int, layers (kernel, stride, dilation, padding)."""
    look = f"exercise 4, formula (5); {LESSON}, section 2"
    cases = [
        (5, [(3, 1, 1, 0)], 3, {"a window of 3 fits size - 3 + 1 times": 2}),
        (5, [(3, 1, 1, 1)], 5, {"padding is added on both sides": 4, "padding is left out": 3}),
        (8, [(3, 2, 1, 0)], 3, {"a window that does not fit is not counted: round down": 4}),
        (
            9,
            [(3, 1, 2, 0)],
            5,
            {
                "the dilation is left out": 7,
                "a dilated kernel spans dilation · (kernel − 1) + 1 pixels, not kernel · dilation": 4,
            },
        ),
        (28, [(5, 1, 1, 2), (2, 2, 1, 0), (5, 1, 1, 0), (2, 2, 1, 0)], 5, {}),
        (4, [(5, 1, 1, 0)], 0, {}),
        (17, [], 17, {}),
    ]
    for size, layers, want, mistakes in cases:
        cause = "the formula is not applied layer after layer"
        if want == 0:
            cause = "a kernel wider than its input has no output: 0"
        _count(function, (size, layers), want, cause, mistakes, look, "output_size", "size, layers")


def receptive_field(function: Callable) -> None:
    """Check exercise 4b: receptive_field(layers) -> int, layers (kernel, stride, dilation, padding)."""
    look = f"exercise 4, formula (6); {LESSON}, section 4"
    three = (3, 1, 1, 0)
    cases = [
        (
            [three, three],
            5,
            {
                "the kernels are multiplied: the field grows by kernel − 1 a layer": 9,
                "the kernels are summed: the field grows by kernel − 1 a layer": 6,
                "the field starts at 1 pixel, not at 0": 4,
            },
        ),
        (
            [(3, 1, 2, 0)],
            5,
            {
                "the dilation is left out": 3,
                "a dilated kernel spans dilation · (kernel − 1) + 1 pixels, not kernel · dilation": 6,
            },
        ),
        (
            [(3, 3, 1, 0)] * 3,
            27,
            {
                "strides are left out: a step further up is several steps in the input": 7,
                "a layer's own stride widens the layers above it, not itself": 79,
                "only the stride just below counts; it must be the product of all below": 15,
                "the strides below are summed; they must be multiplied": 21,
            },
        ),
        (
            [(3, 1, 1, 1)] * 2,
            5,
            {"padding is counted: it moves the field, it does not widen it": 9},
        ),
        ([(5, 1, 1, 2), (2, 2, 1, 0), (5, 1, 1, 0), (2, 2, 1, 0)], 16, {}),
        ([], 1, {}),
    ]
    for layers, want, mistakes in cases:
        cause = (
            "(kernel − 1) · dilation · product of the strides below is to be summed over the layers"
        )
        _count(function, (layers,), want, cause, mistakes, look, "receptive_field", "layers")


def _count(function, arguments, want, cause, mistakes, look, name, names):
    result, after = answer.call(function, *arguments)
    expect.unchanged(arguments, after, names=names, look=look)
    name = f"{name}({', '.join(map(repr, arguments))})"
    expect.number(result, want, name=name, cause=cause, look=look, mistakes=mistakes)


def tiny_net(build: Callable, seed: int = 0) -> None:
    """Check exercise 5: build() -> nn.Module, small enough, and right on held-out digits after training."""
    look = f"exercise 5; {LESSON}, section 5"
    nets.budget(build, BUDGET, look=look)
    nets.classifier(build, (1, 28, 28), 10, look=look)
    nets.held_out(build, SPEC | {"seed": seed}, BAR, look=look)


def _one(value: float) -> torch.Tensor:
    return torch.tensor(float(value)).reshape(1, 1, 1, 1)
