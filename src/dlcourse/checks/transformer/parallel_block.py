"""Exercise 7 of 06_transformer: attention and feed-forward side by side."""

from collections.abc import Callable
from math import sqrt, tanh

import torch
from torch import Tensor
from torch.nn import functional as F

from dlcourse.checks import answer, expect

BLOCK = {"norm.weight": (8,), "norm.bias": (8,), "query.weight": (8, 8), "key.weight": (2, 8)}
BLOCK |= {"value.weight": (2, 8), "output.weight": (8, 8), "up.weight": (16, 8)}
BLOCK |= {"down.weight": (8, 16)}


def parallel_block(build: Callable) -> None:
    """Check exercise 7: build() -> nn.Module with D = 8, h = 4, K = 2, F = 16."""
    lessons = "lesson 06_transformer/03_transformer, section 2, and 02_attention, section 5"
    look = f"exercise 7, formula (8); {lessons}"
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
