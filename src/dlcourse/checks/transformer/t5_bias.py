"""Exercise 3 of 06_transformer: a bias for each bucket of distances."""

from collections.abc import Callable

import torch
from torch import Tensor

from dlcourse.checks import expect


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
        look="exercise 3, formula (4); lesson 06_transformer/02_attention, section 6",
        shape_cause="the heads come first, then rows t and columns s, as in "
        "the scores (B, h, T, T)",
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
