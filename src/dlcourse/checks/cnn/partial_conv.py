"""Exercise 1 of 03_cnn: a convolution over the pixels that are known."""

from collections.abc import Callable
from functools import partial

import torch
from torch.nn import functional as F

from dlcourse.checks import expect


def partial_conv(function: Callable) -> None:
    """Check exercise 1: partial_conv(x, mask, weight, bias) -> (out, new_mask)."""
    look = "exercise 1, formulas (1) and (2); lesson 03_cnn/01_convolution, section 1"
    run = partial(_partial_conv, function, look)
    # One window of 3 x 3 in two channels: 1 to 8 are known, and 90 lies under the hole.
    x, mask = torch.zeros(1, 2, 3, 3), torch.ones(1, 1, 3, 3)
    x[0, 0] = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 90]])
    mask[..., 2, 2] = 0
    ones, one = torch.ones(1, 2, 3, 3), torch.ones(1)
    plain, divided, channels = 36 + 1, 36 / 8 + 1, 36 * 18 / 8 + 1
    expect.close(
        run(x, mask, ones, one)[0],
        torch.full((1, 1, 1, 1), 36 * 9 / 8 + 1),
        name="out for the known values 1 to 8, weights 1 and bias 1",
        cause="(sum over the known pixels) · k²/(number of known pixels) + bias "
        "is not what is computed",
        look=look,
        mistakes={
            "what lies under the hole takes part: x is not multiplied by the mask": 126 * 9 / 8 + 1,
            "this is F.conv2d of x: the mask plays no part": 126 + 1,
            "the sum is not scaled up by k²/(number of known pixels), "
            "or that is cut off to 1": plain,
            "the bias is scaled too: add it after the scaling": plain * 9 / 8,
            "the sum is divided by the number of known pixels, but not multiplied by k²": divided,
            "the scale is upside down: it is k²/(number of known pixels)": 36 * 8 / 9 + 1,
            "the mask is read the wrong way round: 1 means known, 0 means hole": 90 * 9 + 1,
            "the number of channels is in the scale, though the mask has one channel": channels,
        },
    )
    expect.close(
        run(x, mask * 0, ones, one / 2)[0],
        torch.zeros(1, 1, 1, 1),
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
    turned = F.conv2d(x, weight.flip(2, 3), bias)
    ninefold = F.conv2d(x, weight) * 9 / 4 + bias[:, None, None]
    expect.close(
        run(x, torch.ones_like(mask), weight, bias)[0],
        F.conv2d(x, weight, bias),
        name="out with nothing missing",
        cause="with nothing missing this is an ordinary convolution, as F.conv2d gives it",
        look=look,
        mistakes={
            "the kernel is turned or moved: it lies on the window as it is": turned,
            "k² is 9 here, whatever the kernel: k is the height of `weight`": ninefold,
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
