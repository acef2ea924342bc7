"""Exercises 1 to 3: functions of images."""

from collections.abc import Callable
from functools import partial
from math import e, exp, expm1, log, tanh

import torch
from torch.nn import functional as F

from dlcourse.checks import answer, expect

LESSON = "lesson 03_cnn/01_convolution"


def partial_conv(function: Callable) -> None:
    """Check exercise 1: partial_conv(x, mask, weight, bias) -> (out, new_mask)."""
    look = f"exercise 1, formulas (1) and (2); {LESSON}, section 1"
    run = partial(_partial_conv, function, look)
    # One window of 3 x 3 in two channels: 1 to 8 are known, and 90 lies under the hole.
    x, mask = torch.zeros(1, 2, 3, 3), torch.ones(1, 1, 3, 3)
    x[0, 0] = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 90]])
    mask[..., 2, 2] = 0
    ones, one = torch.ones(1, 2, 3, 3), torch.ones(1)
    expect.close(
        run(x, mask, ones, one)[0],
        _pixels(36 * 9 / 8 + 1),
        name="out for the known values 1 to 8, weights 1 and bias 1",
        cause="(sum over the known pixels) · k²/(number of known pixels) + bias is not what is computed",
        look=look,
        mistakes={
            "what lies under the hole takes part: x is not multiplied by the mask": 126 * 9 / 8 + 1,
            "this is F.conv2d of x: the mask plays no part": 126 + 1,
            "the sum is not scaled up by k²/(number of known pixels), or that is cut off to 1": 36
            + 1,
            "the bias is scaled too: add it after the scaling": (36 + 1) * 9 / 8,
            "the sum is divided by the number of known pixels, but not multiplied by k²": 36 / 8
            + 1,
            "the scale is upside down: it is k²/(number of known pixels)": 36 * 8 / 9 + 1,
            "the mask is read the wrong way round: 1 means known, 0 means hole": 90 * 9 + 1,
            "the number of channels is in the scale, though the mask has one channel": 36 * 18 / 8
            + 1,
        },
    )
    expect.close(
        run(x, mask * 0, ones, one / 2)[0],
        _pixels(0),
        name="out where no pixel of the window is known",
        cause="where nothing is known the output is 0",
        look=look,
        mistakes={"the bias is added where nothing is known": 1 / 2},
    )
    mask = torch.zeros(1, 1, 4, 5)
    mask[..., 0, 0] = mask[..., :, 4] = mask[..., [0, 2, 3], 3] = 1
    counts = F.conv2d(mask, torch.ones(1, 1, 2, 2))  # 1 0 1 3, 0 0 1 3, 0 0 2 4
    x = torch.arange(20.0).reshape(1, 1, 4, 5)
    weight = torch.tensor([[[[0.0, 1], [2, 3]]], [[[1.0, 0], [0, 0]]]])
    expect.close(
        run(x, mask, weight, torch.zeros(2))[1],
        (counts > 0).float(),
        name="new_mask",
        cause="it is 1 where at least one pixel of the window is known, else 0",
        look=look,
        mistakes={
            "it holds counts: it must be 1 where the count is above 0": counts,
            "it is 1 only where all pixels of the window are known; one is enough": counts == 4,
        },
    )
    bias = torch.tensor([0.5, -1])
    expect.close(
        run(x, torch.ones_like(mask), weight, bias)[0],
        F.conv2d(x, weight, bias),
        name="out with nothing missing",
        cause="with nothing missing this is an ordinary convolution, as F.conv2d gives it",
        look=look,
        mistakes={
            "the kernel is turned or moved: it lies on the window as it is": F.conv2d(
                x, weight.flip(2, 3), bias
            ),
            "k² is 9 here, whatever the kernel: k is the height of `weight`": F.conv2d(x, weight)
            * 9
            / 4
            + bias[:, None, None],
        },
    )


def _partial_conv(function: Callable, look: str, *arguments: torch.Tensor):
    result = expect.result(function, arguments, names="x, mask, weight, bias", look=look)
    expect.several(result, 2, want="two tensors: return out, new_mask", look=look)
    x, mask, weight, _ = arguments
    B, filters, H, W = F.conv2d(x, weight).shape
    shape_cause = (
        "there is no padding, so height and width lose k − 1; each filter makes one channel"
    )
    expect.tensor(
        result[0],
        (B, filters, H, W),
        name="out",
        look=look,
        shape_cause=shape_cause,
        finite_cause="a division by zero where no pixel of the window is known",
        finite_else=F.conv2d(mask, torch.ones(1, 1, *weight.shape[2:])) > 0,
    )
    shape_cause = "a mask has one channel, whatever the number of filters, and is as large as out"
    expect.tensor(result[1], (B, 1, H, W), name="new_mask", look=look, shape_cause=shape_cause)
    return result


def gated_conv(function: Callable) -> None:
    """Check exercise 2: gated_conv(x, weight, bias, dilation) -> out."""
    look = f"exercise 2, formula (3); {LESSON}, section 1"
    run = partial(_gated_conv, function, look)
    # One pixel of value 1 and kernels of 1 x 1: the weights are the features f and the gates g.
    one, f, g = _pixels(1), _pixels(-2, 1), _pixels(log(3), 0)
    elu, gate = _pixels(expm1(-2), 1), _pixels(3 / 4, 1 / 2)
    expect.close(
        run(one, torch.cat([f, g], dim=1).transpose(0, 1), torch.zeros(4), 1),
        elu * gate,
        name="out for features -2 and 1 and gates before the sigmoid ln 3 and 0",
        cause="ELU(features) · sigmoid(gates) is not what is computed",
        look=look,
        mistakes={
            "features go in without their ELU: this is F.glu": f * gate,
            "the halves are swapped: the first O filters make features, the last O make gates": F.elu(
                g
            )
            * f.sigmoid(),
            "every second filter is taken as a gate; the gates are the last O filters": [
                expm1(-2) * e / (1 + e),
                log(3) / 2,
            ],
            "the ELU comes after the product; it belongs to the features alone": F.elu(f * gate),
            "the gate has no sigmoid, so it is not between 0 and 1": elu * g,
            "the gates are softmaxed, so that channels compete; each gate has its own sigmoid": [
                expm1(-2) * 3 / 4,
                1 / 4,
            ],
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


def soft_pool(function: Callable) -> None:
    """Check exercise 3: soft_pool(x, kernel_size, stride) -> out."""
    look = f"exercise 3, formula (4); {LESSON}, section 3"
    run = partial(_soft_pool, function, look)
    odds = torch.tensor([[1.0, 2], [3, 6]])
    window = odds.log()
    soft = (odds * window).sum() / 12
    x = torch.stack([window, torch.zeros(2, 2)])[None]  # the second channel is all zeros
    expect.close(
        run(x, 2, 2)[:, :1],
        _pixels(soft),
        name="out for the window 0, ln 2, ln 3, ln 6",
        cause="Σ softmax(x) · x over the window is not what is computed",
        look=look,
        mistakes={
            "this is max pooling": log(6),
            "this is average pooling": window.mean(),
            "this is log(sum of exp), another smooth maximum": log(12),
            "this is log(mean of exp), another smooth maximum": log(12 / 4),
            "these are the weights' sums: multiply the weights with the values": 1,
            "the softmax runs over more than the k² pixels of one window in one channel": soft
            * 12
            / 16,
            "the weighted values are averaged: they must be summed": soft / 4,
        },
    )
    x = torch.tensor([[[[0.0, 1, 2, 3], [5, 4, 3, 1]]]])
    out = run(x, 2, 1)
    for column in range(3):
        expect.close(
            out[..., column : column + 1],
            run(x[..., column : column + 2], 2, 2),
            name=f"window {column} of x with stride 1, as soft_pool gives it for that window alone",
            cause="each window is pooled from its own k² pixels, also where windows overlap",
            look=look,
        )
    x = torch.tensor([[[[1000.0, 999, -1000, -1001], [0, -1000, -1000, -1001]]]])
    expect.close(
        run(x, 2, 2),
        torch.tensor([[[[1000 - 1 / (1 + e), -1000 - 1 / (1 + e)]]]]),
        name="out for a window near 1000 beside one near -1000",
        cause="however large, they weigh as softmax says: subtract the largest value of each window "
        "before exp, and add nothing to the sums",
        look=look,
        tolerance=1e-6,
    )
    (slope,) = answer.grad(function, (window[None, None], 2, 2), wrt=[0])
    expect.close(
        slope,
        (odds / 12 * (1 + window - soft))[None, None],
        name="gradient of out with respect to the window 0, ln 2, ln 3, ln 6",
        cause="gradients flow through the weights and the values, as through any other computation",
        look=look,
        mistakes={"the weights are detached: gradients flow through them too": odds / 12},
    )


def _soft_pool(function: Callable, look: str, *arguments):
    result = expect.result(function, arguments, names="x, kernel_size, stride", look=look)
    x, kernel_size, stride = arguments
    shape = x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).shape[:4]
    shape_cause = "each channel has floor((size − kernel_size)/stride) + 1 windows along each axis"
    large = "exp of a large number, or 0/0: subtract the largest value of each window before exp"
    causes = {"shape_cause": shape_cause} | ({"finite_cause": large} if x.abs().max() > 99 else {})
    expect.tensor(result, shape, name="out", look=look, **causes)
    return result


def _pixels(*values: float) -> torch.Tensor:
    """One pixel with these values as its channels: (1, C, 1, 1)."""
    return torch.tensor([[[[float(value)]] for value in values]])
