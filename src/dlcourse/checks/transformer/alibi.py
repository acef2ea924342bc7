"""Exercise 2 of 06_transformer: attention that fades with the distance."""

from collections.abc import Callable

import torch
from torch import Tensor

from dlcourse.checks import expect


def alibi(function: Callable) -> None:
    """Check exercise 2: alibi(q, k, v) -> out (B, h, T, V)."""
    look = "exercise 2, formulas (2) and (3); lesson 06_transformer/02_attention, sections 4 and 6"
    rest = {"names": "q, k, v", "look": look}
    # All scores are 0 and v is the identity: what comes out are the weights.
    h, T = 4, 3
    steps = torch.arange(T)[:, None] - torch.arange(T).float()  # (T, T)

    def weights(*slopes: float, future: float = torch.inf, steps: Tensor = steps) -> Tensor:
        penalty = torch.tensor(slopes).reshape(1, -1, 1, 1) * steps  # (1, h, T, T)
        return (-penalty - torch.where(steps < 0, future, 0.0)).softmax(-1).expand(1, h, T, T)

    slopes = 1 / 4, 1 / 16, 1 / 64, 1 / 256
    added = torch.tensor(slopes).reshape(1, h, 1, 1) * steps.clamp(min=0)
    expect.worked(
        function,
        (torch.zeros(1, h, T, 1), torch.zeros(1, h, T, 1), torch.eye(T).expand(1, h, T, T)),
        weights(*slopes),
        name="out where all scores are 0, v the identity, h = 4, T = 3: the weights",
        cause="a softmax over the past of −m(t − s), m = 1/4, 1/16, 1/64, 1/256",
        mistakes={
            "this is plain causal attention: the distance plays no part": weights(0),
            "what is far is preferred: the bias is −m(t − s)": weights(*(-m for m in slopes)),
            "the future is not hidden": weights(*slopes, future=0),
            "the future is not hidden, only far away": weights(*slopes, steps=steps.abs()),
            "the first slope is 2^(−8/h), not 1": weights(1, 1 / 4, 1 / 16, 1 / 64),
            "the exponent is −8i/h, not −i": weights(1 / 2, 1 / 4, 1 / 8, 1 / 16),
            "the heads are in reverse: the first sees least far": weights(*slopes[::-1]),
            "all heads have one slope": weights(1 / 4),
            "the slopes fall evenly; their ratio is constant": weights(1 / 4, 1 / 2, 3 / 4, 1),
            "the bias is added to the weights; it belongs into the softmax": weights(0) - added,
        },
        **rest,
    )
    # Two tokens, slopes 1/16 and 1/256; the second scores the first 2·4/√4 = 4 and itself 0.
    k, v = torch.tensor([[2.0] * 4, [0.0] * 4]), torch.tensor([[1.0], [0.0]])
    slopes = torch.tensor([1 / 16, 1 / 256]).reshape(1, 2, 1, 1)

    def out(score: Tensor) -> Tensor:
        return torch.cat([torch.ones(1, 2, 1, 1), score.sigmoid()], dim=2)

    expect.worked(
        function,
        (torch.ones(1, 2, 2, 4), k.expand(1, 2, 2, 4), v.expand(1, 2, 2, 1)),
        out(4 - slopes),
        name="out for h = 2, K = 4 and scores q·k/√K of 4 and 0",
        cause="the scores are q·k/√K − m(t − s), before the softmax",
        mistakes={
            "q·k is to be divided by √K": out(8 - slopes),
            "q·k is divided by K; it is √K": out(2 - slopes),
            "the bias is divided by √K as well; it is added afterwards": out(4 - slopes / 2),
        },
        **rest,
    )
