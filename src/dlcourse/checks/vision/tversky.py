"""Exercise 5 of 03_vision: a loss for small organs."""

from collections.abc import Callable
from math import log

import torch

from dlcourse.checks import answer, expect


def tversky_loss(function: Callable) -> None:
    """Check exercise 5: tversky_loss(logits, target, alpha, beta, smooth) -> loss ()."""
    look = "exercise 5, formula (7); lesson 03_cnn/09_medicine, on Dice"
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
    cause = "the mean over the batch is one number"
    expect.tensor(loss, (), name="loss", look=look, shape_cause=cause)

    def index(found=0.75, alarms=1.75, missed=0.25, a=alpha, b=beta, above=s, below=s) -> float:
        return (found + above) / (found + a * alarms + b * missed + below)

    swapped = 1 - index(a=beta, b=alpha)
    parts = uneven * first, uneven * (1 - first), (1 - uneven) * first
    raw = [part.sum().item() for part in parts]
    expect.close(
        loss,
        torch.tensor(1 - index()),
        name="loss where found is 3/4, false alarms 7/4, missed 1/4; alpha 1/4, beta 2, smooth 1/4",
        cause="1 − (found + s)/(found + α · false alarms + β · missed + s) is not what is computed",
        look=look,
        mistakes={
            "this is T; the loss is 1 − T": index(),
            "this is the Dice loss: alpha and beta are not used": 1 - index(a=0.5, b=0.5),
            "alpha and beta have changed places: alpha is the price of a false alarm": swapped,
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
