"""Exercise 6 of 06_transformer: the next word, out of the probable ones."""

from collections.abc import Callable

import torch

from dlcourse.checks import expect


def top_p(function: Callable) -> None:
    """Check exercise 6: top_p(logits, p) -> out (B, V)."""
    rows = torch.tensor([[0.1, 0.4, 0.2, 0.3], [0.03, 0.02, 0.9, 0.05]])
    sure, two, half = [0, 0, 1, 0], [0, 4 / 7, 0, 3 / 7], [0, 0, 90 / 95, 5 / 95]
    least = [[1 / 6, 0, 1 / 3, 1 / 2], rows[1].tolist()]
    order = "the order is that of the sorted probabilities; token i has its own place"
    none_left = "0/0 where no token is left: the one that makes the sum reach p belongs to the set"
    for shift in (0, 50):
        expect.worked(
            function,
            (rows.log() + shift, 0.55),
            torch.tensor([two, sure]),
            names="logits, p",
            name="out for probabilities 0.1, 0.4, 0.2, 0.3 and 0.03, 0.02, 0.9, 0.05; p = 0.55",
            cause="0.4 and 0.3 are the fewest that reach 0.55; divided by their sum, 4/7 and 3/7",
            look="exercise 6, formula (7); "
            "lesson 06_transformer/03_transformer, on choosing the next word",
            finite_cause=expect.FINITE if shift else none_left,
            mistakes={
                "the token that makes the sum reach p belongs to the set": [[0, 1, 0, 0], sure],
                "the kept are not divided by their sum": torch.where(rows > 0.25, rows, 0),
                order: [[4 / 7, 3 / 7, 0, 0], [1, 0, 0, 0]],
                "one token too many: stop at p": [[0, 4 / 9, 2 / 9, 3 / 9], half],
                "two are kept in each row (top-k); their number differs": [two, half],
                "the least probable are summed first; begin with the most probable": least,
                "nothing is left out: this is the softmax": rows,
                "logits are cut off at p; probabilities are summed up to p": rows * 0,
            },
        )
