"""Exercise 3 of 03_cnn: pooling by a softmax."""

from collections.abc import Callable
from functools import partial
from math import e, log
from typing import Any

import torch

from dlcourse.checks import answer, expect


def soft_pool(function: Callable) -> None:
    """Check exercise 3: soft_pool(x, kernel_size, stride) -> out."""
    look = "exercise 3, formula (4); lesson 03_cnn/01_convolution, section 3"
    run = partial(_soft_pool, function, look)
    odds = torch.tensor([[1.0, 2], [3, 6]])
    window = odds.log()
    soft = (odds * window).sum() / 12
    wide = soft * 12 / 16
    x = torch.stack([window, torch.zeros(2, 2)])[None]  # the second channel is all zeros
    expect.close(
        run(x, 2, 2)[:, :1],
        soft.reshape(1, 1, 1, 1),
        name="out for the window 0, ln 2, ln 3, ln 6",
        cause="Σ softmax(x) · x over the window is not what is computed",
        look=look,
        mistakes={
            "this is max pooling": log(6),
            "this is average pooling": window.mean(),
            "this is log(sum of exp), another smooth maximum": log(12),
            "this is log(mean of exp), another smooth maximum": log(12 / 4),
            "these are the weights' sums: multiply the weights with the values": 1,
            "the softmax runs over more than the k² pixels of one window in one channel": wide,
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
        cause="however large, they weigh as softmax says: subtract the largest value of each "
        "window before exp, and add nothing to the sums",
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
    causes: dict[str, Any] = {"finite_cause": large} if x.abs().max() > 99 else {}
    expect.tensor(result, shape, name="out", look=look, shape_cause=shape_cause, **causes)
    return result
