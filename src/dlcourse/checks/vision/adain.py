"""Exercise 6 of 03_vision: statistics exchanged."""

from collections.abc import Callable
from math import sqrt

import torch

from dlcourse.checks import expect


def adain(function: Callable) -> None:
    """Check exercise 6: adain(content, style, eps) -> out."""
    look = "exercise 6, formula (8); lesson 03_cnn/06_pictures_to_pictures, on style"
    names = "content, style, eps"
    # Means 4 and 1, variances 5 and 3; and 11 and −1, 1 and 9.
    content = torch.tensor([[[[1.0, 3, 5, 7]], [[0.0, 0, 0, 4]]]])
    style = torch.tensor([[[[10.0, 12]], [[-4.0, 2]]]])
    eps = 0.5
    middle = torch.tensor([4.0, 1]).reshape(1, 2, 1, 1)
    wanted = torch.tensor([11.0, -1]).reshape(1, 2, 1, 1)

    def scaled(*ratio: float) -> torch.Tensor:
        return torch.tensor(ratio).reshape(1, 2, 1, 1) * (content - middle) + wanted

    def out(old: tuple, new: tuple, eps: float = eps, power: float = 0.5) -> torch.Tensor:
        return scaled(*(((b + eps) / (a + eps)) ** power for a, b in zip(old, new)))

    unbiased = out((20 / 3, 4), (2, 18))
    outside = scaled((1 + eps) / (sqrt(5) + eps), (3 + eps) / (sqrt(3) + eps))
    styled, contained = scaled(sqrt(1.5 / 5), sqrt(9.5 / 3)), scaled(sqrt(1 / 5.5), sqrt(9 / 3.5))
    result = expect.result(function, (content, style, eps), names=names, look=look)
    shape_cause = "out is as large as content; style gives two numbers a channel, whatever its size"
    expect.tensor(result, tuple(content.shape), name="out", look=look, shape_cause=shape_cause)
    expect.close(
        result,
        out((5, 3), (1, 9)),
        name="out for channels of means 4, 1 and variances 5, 3, style 11, −1 and 1, 9, eps 1/2",
        cause="std(y) · (x − mean(x))/std(x) + mean(y), each channel by itself",
        look=look,
        mistakes={
            "the variance is divided by HW − 1: torch.std and torch.var do so "
            "unless told otherwise": unbiased,
            "variances stand where standard deviations belong": out((5, 3), (1, 9), power=1.0),
            "content and style have changed roles in the scale": out((1, 9), (5, 3)),
            "eps is left out": out((5, 3), (1, 9), eps=0),
            "the style's mean is not added": out((5, 3), (1, 9)) - wanted,
            "the style's standard deviation is left out": out((5, 3), (0.5, 0.5)),
            "eps is added to the standard deviation; it stands under the root": outside,
            "only the style has its eps; both standard deviations have it": styled,
            "only the content has its eps; both standard deviations have it": contained,
        },
    )
    expect.worked(
        function,
        (torch.cat([content, content + 100]), torch.cat([style, style]), eps),
        torch.cat([out((5, 3), (1, 9))] * 2),
        names=names,
        name="out for the same picture and one 100 brighter, of the same style, in one batch",
        cause="the pictures of a batch are mixed: each has statistics of its own",
        look=look,
    )
