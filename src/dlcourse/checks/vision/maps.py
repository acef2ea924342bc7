"""Exercises 4 to 6: channels weighed, small organs found, statistics exchanged."""

from collections.abc import Callable
from math import log, log2, sqrt

import torch
from torch.nn import functional as F

from dlcourse.checks import answer, expect

LESSON = "lesson 03_cnn"


def eca_widths(function: Callable) -> None:
    """Check exercise 4a: eca_widths(channels) -> list of int, one for each number of channels."""
    look = "exercise 4, formula (6) and the line below it"
    rule = "log₂(C)/2 + ½, the fraction cut off, and 1 more if that is even"
    channels, wanted = [512, 64, 8, 256, 1], [5, 3, 3, 5, 1]

    def width(
        C: int, log: Callable = log2, half: float = 2, more: float = 0.5, even: int = 1
    ) -> int:
        number = int(log(C) / half + more)
        return number if number % 2 else number + even

    # One number may come of several mistakes, the first four together of one alone. The last one is
    # apart: who knows that no width is below 1 may put right there what is wrong elsewhere.
    mistakes = {
        "log₂ is asked for, not the natural logarithm": {"log": log},
        "half of log₂ C is taken, not all of it": {"half": 1},
        "the fraction is cut off, not rounded up": {"more": 0.5 + 0.9},
        "the ½ is left out": {"more": 0},
        "an even width has no middle: add 1 when the result is even": {"even": 0},
        "an even result is to become the odd number above it, not the one below": {"even": -1},
    }
    widths = expect.result(function, (channels,), names="channels", look=look)
    want = f"a list of {len(channels)} widths for channels = {channels}"
    expect.several(widths, len(channels), want=want, look=look, cause="one width a number")
    plain = [value if type(value) in (int, float) else None for value in widths][:4]
    made = {cause: [width(C, **how) for C in channels[:4]] for cause, how in mistakes.items()}
    cause = next((cause for cause, values in made.items() if values == plain), rule)
    for value, number, C in zip(widths, wanted, channels, strict=True):
        expect.number(value, number, name=f"the width for {C} channels", cause=cause, look=look)


def eca(function: Callable) -> None:
    """Check exercise 4b: eca(x, weight) -> out."""
    look = f"exercise 4, formula (5); {LESSON}/02_architectures, on squeeze and excitation"
    # Channels with means 1, 2, 3; in the first the pixels differ, so that a maximum is not the mean.
    x = torch.tensor([[[[0.0, 2.0]], [[2.0, 2.0]], [[3.0, 3.0]]]])
    taps = torch.tensor([0.5, -1.0, 0.25])

    def scaled(*z: float) -> torch.Tensor:
        return x * torch.tensor(z).sigmoid().reshape(1, 3, 1, 1)

    z = -1 * 1 + 0.25 * 2, 0.5 * 1 - 1 * 2 + 0.25 * 3, 0.5 * 2 - 1 * 3
    circular = z[0] + 0.5 * 3, z[1], z[2] + 0.25 * 1
    flipped = 0.5 * 2 - 1, 0.25 * 1 - 2 + 0.5 * 3, 0.25 * 2 - 3
    highest = -2 + 0.25 * 2, 0.5 * 2 - 2 + 0.25 * 3, z[2]
    out = expect.result(function, (x, taps), names="x, weight", look=look)
    shape_cause = "each channel is multiplied by one number: out is as large as x"
    expect.tensor(out, tuple(x.shape), name="out", look=look, shape_cause=shape_cause)
    expect.close(
        out,
        scaled(*z),
        name="out for channels of means 1, 2, 3 and weight (0.5, −1, 0.25)",
        cause="the mean of each channel, the filter along the channels, a sigmoid, times x",
        look=look,
        mistakes={
            "the ends are joined in a circle; beyond them there are zeros": scaled(*circular),
            "the filter is turned round: weight[0] belongs to the lower neighbour": scaled(
                *flipped
            ),
            "each channel's maximum is taken; the mean is asked for": scaled(*highest),
            "the sigmoid is missing": x * torch.tensor(z).reshape(1, 3, 1, 1),
            "the channels compete in a softmax; each has a sigmoid of its own": x
            * torch.tensor(z).softmax(0).reshape(1, 3, 1, 1),
            "x is added once more: there is no shortcut in the formula": x + scaled(*z),
            "each pixel has its own weights: average over the pixels first": x
            * F.conv1d(x.permute(0, 3, 2, 1).reshape(2, 1, 3), taps[None, None], padding=1)
            .sigmoid()
            .reshape(1, 2, 1, 3)
            .permute(0, 3, 2, 1),
        },
    )
    expect.worked(
        function,
        (torch.cat([x, 2 * x]), taps),
        torch.cat([scaled(*z), 2 * scaled(*(2 * mean for mean in z))]),
        names="x, weight",
        name="out for the same picture and its double in one batch",
        cause="the pictures of a batch are mixed: each has means of its own",
        look=look,
    )


def tversky_loss(function: Callable) -> None:
    """Check exercise 5: tversky_loss(logits, target, alpha, beta, smooth) -> loss ()."""
    look = f"exercise 5, formula (7); {LESSON}/09_medicine, on Dice"
    names = "logits, target, alpha, beta, smooth"
    three = log(3)  # p = 3/4; in this picture 3/4, 3/4, 1/4, 1/4 where y = 1, 0, 1, 0
    logits = torch.tensor([[[[three, three], [-three, -three]]]])
    target = torch.tensor([[[[1.0, 0], [1, 0]]]])
    found, alarms, missed = 1.0, 1.0, 1.0
    alpha, beta, s = 0.25, 2.0, 0.25
    T = (found + s) / (found + alpha * alarms + beta * missed + s)
    # Of that picture tanh in place of the sigmoid gives the same loss: another one comes first.
    uneven = torch.tensor([[[[three, three], [three, -three]]]])
    first = torch.tensor([[[[1.0, 0], [0, 0]]]])  # found 3/4, false alarms 7/4, missed 1/4
    loss = expect.result(function, (uneven, first, alpha, beta, s), names=names, look=look)
    expect.tensor(
        loss, (), name="loss", look=look, shape_cause="the mean over the batch is one number"
    )

    def index(found=0.75, alarms=1.75, missed=0.25, a=alpha, b=beta, above=s, below=s) -> float:
        return (found + above) / (found + a * alarms + b * missed + below)

    raw = (uneven * first).sum(), (uneven * (1 - first)).sum(), ((1 - uneven) * first).sum()
    expect.close(
        loss,
        torch.tensor(1 - index()),
        name="loss where found is 3/4, false alarms 7/4, missed 1/4; alpha 1/4, beta 2, smooth 1/4",
        cause="1 − (found + s)/(found + α · false alarms + β · missed + s) is not what is computed",
        look=look,
        mistakes={
            "this is T; the loss is 1 − T": index(),
            "this is the Dice loss: alpha and beta are not used": 1 - index(a=0.5, b=0.5),
            "alpha and beta have changed places: alpha is the price of a false alarm": 1
            - index(a=beta, b=alpha),
            "smooth is in the denominator only": 1 - index(above=0),
            "smooth is left out": 1 - index(above=0, below=0),
            "the sigmoid is missing: p is a probability": 1 - index(*raw),
            "the logarithm of T is taken": -log(index()),
        },
    )
    both = torch.cat([logits, uneven]), torch.cat([target, first])
    pooled = 1 - (1.75 + s) / (1.75 + alpha * 2.75 + beta * 1.25 + s)
    mean = (1 - T + 1 - index()) / 2
    expect.close(
        expect.result(function, (*both, alpha, beta, s), names=names, look=look),
        torch.tensor(mean),
        name="loss for both pictures together",
        cause="the mean of 1 − T over the pictures",
        look=look,
        mistakes={
            "the sums run over the whole batch; each picture has a T of its own": pooled,
            "the pictures' losses are summed; the mean is asked for": 2 * mean,
        },
    )
    (slope,) = answer.grad(function, (logits, target, alpha, beta, s), wrt=[0])
    down = found + alpha * alarms + beta * missed + s
    above = target.flatten()
    by_p = -(above * down - (found + s) * (above * (1 - beta) + alpha * (1 - above))) / down**2
    expect.close(
        slope,
        (by_p * 3 / 16).reshape(1, 1, 2, 2),
        name="gradient of the loss with respect to the logits",
        cause="gradients flow through all of the computation, from the loss to the logits",
        look=look,
    )


def adain(function: Callable) -> None:
    """Check exercise 6: adain(content, style, eps) -> out."""
    look = f"exercise 6, formula (8); {LESSON}/06_pictures_to_pictures, on style"
    names = "content, style, eps"
    content = torch.tensor(
        [[[[1.0, 3, 5, 7]], [[0.0, 0, 0, 4]]]]
    )  # means 4 and 1, variances 5 and 3
    style = torch.tensor([[[[10.0, 12]], [[-4.0, 2]]]])  # means 11 and -1, variances 1 and 9
    eps = 0.5
    middle = torch.tensor([4.0, 1]).reshape(1, 2, 1, 1)
    wanted = torch.tensor([11.0, -1]).reshape(1, 2, 1, 1)

    def out(old: tuple, new: tuple, eps: float = eps, power: float = 0.5) -> torch.Tensor:
        ratio = [((b + eps) / (a + eps)) ** power for a, b in zip(old, new)]
        return torch.tensor(ratio).reshape(1, 2, 1, 1) * (content - middle) + wanted

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
            "the variance is divided by HW − 1: torch.std and torch.var do so unless told otherwise": out(
                (20 / 3, 4), (2, 18)
            ),
            "variances stand where standard deviations belong": out((5, 3), (1, 9), power=1.0),
            "content and style have changed roles in the scale": out((1, 9), (5, 3)),
            "eps is left out": out((5, 3), (1, 9), eps=0),
            "the style's mean is not added": out((5, 3), (1, 9)) - wanted,
            "the style's standard deviation is left out": out((5, 3), (0.5, 0.5)),
            "eps is added to the standard deviation; it stands under the root": torch.tensor(
                [(1 + eps) / (sqrt(5) + eps), (3 + eps) / (sqrt(3) + eps)]
            ).reshape(1, 2, 1, 1)
            * (content - middle)
            + wanted,
            "only the style has its eps; both standard deviations have it": torch.tensor(
                [sqrt(1.5 / 5), sqrt(9.5 / 3)]
            ).reshape(1, 2, 1, 1)
            * (content - middle)
            + wanted,
            "only the content has its eps; both standard deviations have it": torch.tensor(
                [sqrt(1 / 5.5), sqrt(9 / 3.5)]
            ).reshape(1, 2, 1, 1)
            * (content - middle)
            + wanted,
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
