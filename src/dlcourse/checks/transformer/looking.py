"""Exercises 1 to 3 and 7: who looks at whom, from how far, and in which block."""

from collections.abc import Callable
from math import sqrt, tanh

import torch
from torch import Tensor
from torch.nn import functional as F

from dlcourse.checks import answer, expect

LESSON = "lesson 06_transformer/02_attention"


def longformer_mask(function: Callable) -> None:
    """Check exercise 1: longformer_mask(real, w) -> mask (B, S, S)."""
    S, w = 8, 3
    real = torch.arange(S) < torch.tensor([[6], [8]])
    far = (torch.arange(S)[:, None] - torch.arange(S)).abs()  # (S, S)
    row, column = torch.arange(S)[:, None] == 0, torch.arange(S) == 0
    one, both = (far <= w) | row | column, real[:, :, None] & real[:, None]
    mistakes = {
        "True and False have changed places: True = may look": ~(one & both),
        "the first token is like any other here; all look at it, and it at all": (far <= w) & both,
        "nobody looks at the first token from afar": ((far <= w) | row) & both,
        "the first token does not see beyond its window": ((far <= w) | column) & both,
        "the window is w wide in all; it reaches w to each side": ((far < 2) | row | column) & both,
        "a token at distance w is still in the window: ≤": ((far < w) | row | column) & both,
        "the future is hidden: this window reaches to both sides": (one & both).tril(),
        "padding is looked at, and looks": one.expand(2, S, S),
        "padding itself looks; its rows are to be False": one & real[:, None],
        "padding is looked at; its columns are to be False too": one & real[:, :, None],
        "the first token looks at padding, and padding at it": (far <= w) & both | row | column,
    }
    expect.worked(
        function,
        (real, w),
        one & both,
        names="real, w",
        name="mask for texts of 6 and 8 tokens in rows of 8, w = 3",
        cause="near, or one of the two is the first token; and both are real",
        look=f"exercise 1, formula (1); {LESSON}, section 4",
        shape_cause="each text of the batch has a mask of its own, a row a token: (B, S, S)",
        mistakes=mistakes,
    )


def alibi(function: Callable) -> None:
    """Check exercise 2: alibi(q, k, v) -> out (B, h, T, V)."""
    look = f"exercise 2, formulas (2) and (3); {LESSON}, sections 4 and 6"
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


def t5_bias(function: Callable) -> None:
    """Check exercise 3: t5_bias(table, T, most) -> bias (h, T, T)."""
    T, starts = 24, (0, 1, 2, 3, 4, 6, 9, 14)  # the distances at which buckets begin
    d = torch.arange(T) - torch.arange(T)[:, None]  # (T, T): s − t

    def bias(*starts: int, ahead: Tensor = 8 * (d > 0)) -> Tensor:
        bucket = (d.abs()[..., None] >= torch.tensor(starts)).sum(-1) - 1 + ahead
        return torch.stack([bucket, -bucket]).float()

    logs = "distances are cut off at N/2 − 1; from N/4 on they go by the logarithm"
    both = bias(*range(9), 9, 11, 12, 13, 15, 16, 18, ahead=0 * d)
    expect.worked(
        function,
        (torch.arange(16.0)[:, None] * torch.tensor([1.0, -1]), T, 20),
        bias(*starts),
        names="table, T, most",
        name="bias for N = 16, T = 24, most = 20, row r of the table being (r, −r)",
        cause="formula (4) gives another bucket for this t (row) and s (column)",
        look=f"exercise 3, formula (4); {LESSON}, section 6",
        shape_cause="the heads come first, then rows t and columns s, as in the scores (B, h, T, T)",
        mistakes={
            "past and future have changed places: d = s − t": bias(*starts, ahead=8 * (d < 0)),
            "a token itself, distance 0, is in bucket 0": bias(*starts, ahead=8 * (d >= 0)),
            "past and future share buckets; each has a half": bias(*starts, ahead=0 * d),
            "all buckets go to both directions; each has half of the table": both,
            logs: bias(*range(8)),
            "the fraction is rounded; it is cut off": bias(0, 1, 2, 3, 4, 5, 8, 11),
            "the logarithm is divided by ln(most); it is ln(most / e)": bias(0, 1, 2, 3, 4, 9, 18),
        },
    )


BLOCK = {"norm.weight": (8,), "norm.bias": (8,), "query.weight": (8, 8), "key.weight": (2, 8)}
BLOCK |= {"value.weight": (2, 8), "output.weight": (8, 8), "up.weight": (16, 8)}
BLOCK |= {"down.weight": (8, 16)}


def parallel_block(build: Callable) -> None:
    """Check exercise 7: build() -> nn.Module with D = 8, h = 4, K = 2, F = 16."""
    look = "exercise 7, formula (8); lesson 06_transformer/03_transformer, section 2, and 02_attention, section 5"
    shapes = answer.shapes(build)
    for name in sorted(BLOCK.keys() | shapes.keys()):
        expect.that(
            shapes.get(name) == BLOCK.get(name),
            want=f"{name} of shape {BLOCK[name]}" if name in BLOCK else f"no {name}",
            got=f"shape {shapes[name]}" if name in shapes else "nothing of that name",
            cause="keys and values have K features: one head of them serves all four"
            if name in ("key.weight", "value.weight") and shapes.get(name) == (8, 8)
            else "names and layers are those of the table, the linear ones without bias",
            look=look,
        )

    def gives(wanted: Tensor, x: Tensor, name: str, cause: str, mistakes: dict, **state) -> None:
        """Expect `wanted` where all weights but those of the norm and of `state` are 0."""
        weights = {name: torch.zeros(shape) for name, shape in BLOCK.items()}
        weights |= {"norm.weight": torch.ones(8)} | {f"{k}.weight": w for k, w in state.items()}
        got = answer.outputs(build, weights, x)
        expect.close(got, wanted, name=name, cause=cause, look=look, mistakes=mistakes)

    x = torch.tensor([1.0, 1, 1, 1, -1, -1, -1, -1])  # its own normalisation
    x = torch.stack([x, -x])[None]  # (B, T, D) = (1, 2, 8)
    gives(
        3 * x + 5,
        3 * x + 5,
        "the output where all weights are 0: x itself",
        "x comes to the end untouched; only what the two branches see is normalised",
        {"the shortcut is missing": 0 * x, "the normalised x goes round, not x": x},
    )
    two = 2 * torch.eye(8)[:1]  # (1, 8): the first feature, doubled
    feed = {"up": F.pad(two, (0, 0, 0, 15)), "down": F.pad(torch.ones(8, 1), (0, 15))}
    hidden = 2 * x[..., :1]
    gives(
        x + F.gelu(hidden),
        x,
        "the output of the feed-forward branch alone",
        "down(GELU(up(norm(x)))) is added to x",
        {
            "the non-linearity is ReLU; it is GELU": x + hidden.relu(),
            "there is no non-linearity between up and down": x + hidden,
        },
        **feed,
    )
    # Values are −1 times feature 4, which is 1 and −1. Head 0 asks, with its second feature.
    value = F.pad(-torch.eye(8)[4:5], (0, 0, 0, 1))  # (2, 8)
    asks = {"query": F.pad(two, (0, 0, 1, 6)), "key": F.pad(two / 2, (0, 0, 1, 0))}

    def out(score: float) -> Tensor:
        return torch.cat([x[..., :1] * (1 + tanh(score)), x[..., 1:]], dim=-1)

    heads = torch.tensor([1.0, 0] * 4)
    gives(
        out(sqrt(2)),
        x,
        "the output of the attention branch alone, where only head 1 asks",
        "four heads of K = 2 neighbouring features of the query, one key and one value for all",
        {
            "the scores are not divided by √K": out(2),
            "the scores are divided by √D; it is √K, the width of a head": out(2 / sqrt(8)),
            "the scores are divided by K; it is √K": out(1),
            "the future is hidden: in this block every token looks at all": torch.cat(
                [x[:, :1] + heads, out(sqrt(2))[:, 1:]], dim=1
            ),
        },
        value=value,
        output=torch.eye(8),
        **asks,
    )
    gives(
        x[:, :1] + heads + F.gelu(torch.tensor(2.0)),
        x[:, :1],
        "the output of both branches for one token",
        "both branches see norm(x), and their sum is added to x",
        {},
        value=value,
        output=torch.eye(8),
        **feed,
    )
