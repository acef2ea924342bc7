"""Exercise 1 of 06_transformer: who looks at whom in a long text."""

from collections.abc import Callable

import torch

from dlcourse.checks import expect


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
        look="exercise 1, formula (1); lesson 06_transformer/02_attention, section 4",
        shape_cause="each text of the batch has a mask of its own, a row a token: (B, S, S)",
        mistakes=mistakes,
    )
