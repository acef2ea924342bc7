"""Exercises 4 to 6: how fast a model learns, what is hidden from it, and what it says."""

from collections.abc import Callable
from math import cos, pi

import torch

from dlcourse.checks import expect

LESSON = "lesson 06_transformer"


def learning_rates(function: Callable) -> None:
    """Check exercise 4: learning_rates(steps, first, grow, warm, peak, decay) -> rates (N,)."""

    def low(part: float) -> float:
        return 0.25 * (1 + cos(pi * part))

    down = low(1 / 6)
    plain = [1, 2 * low(1 / 4), 2 * low(3 / 4), 1, *(2 * low(k / 8) for k in (1, 3, 5)), 1]
    flat = [0.5, 1, 0.5, *(low(k / 8) for k in (0, 1, 3, 5)), 0.25]
    early = [0.5, 1, 2 * low(3 / 4), 0.25, 0.5, low(3 / 8), low(5 / 8), 0.125]
    sums = [0.5, 1, 0.5, 0.25, 0.5, low(1 / 4), low(3 / 4), 0.25]
    expect.worked(
        function,
        (torch.tensor([0, 1, 3, 4, 5, 7, 9, 12]), 4, 2, 2, 1.0, 0.5),
        torch.tensor([0.5, 1, 0.5, 0.25, 0.5, down, 0.25, 0.125]),
        names="steps",
        name="rates at steps 0, 1, 3 | 4, 5, 7, 9 | 12 for first 4, grow 2, warm 2, peak 1, decay 1/2",
        cause="cycles begin at 0, 4, 12: u + 1 parts of W up to the peak, then half a cosine down",
        look=f"exercise 4, formulas (5) and (6); {LESSON}/03_transformer, section 3, on warm-up",
        shape_cause="one rate for each step",
        mistakes={
            "this is the schedule without warm-up, nor lower peaks": plain,
            "warm-up begins at 0; its first step has 1/W": [0, 0.5, 0.5, 0, 0.25, down, 0.25, 0],
            "the peak stays as high": [0.5, 1, 0.5, 0.5, 1, 2 * down, 0.5, 0.5],
            "all cycles are of one length": [0.5, 1, 0.5, 0.25, 0.5, 0.25, 0.25, 0.0625],
            "cycles grow by a sum (4, 6, 8); each is grow times the one before": sums,
            "only the first cycle has a warm-up": flat,
            "the cosine begins with the cycle; it begins after the warm-up": early,
        },
    )


def whole_word_mask(function: Callable) -> None:
    """Check exercise 5: whole_word_mask(ids, continues, draws, share) -> inputs, targets (B, T)."""
    look = f"exercise 5, the four rules; {LESSON}/04_bert, section 2"
    # [CLS], words of three, one and two pieces, [SEP]; the second row begins inside a word.
    ids = torch.tensor([[2, 11, 12, 13, 14, 15, 16, 3], [21, 22, 23, 24, 25, 3, 0, 0]])
    continues = torch.tensor([[0, 0, 1, 1, 0, 0, 1, 0], [1, 1, 0, 0, 1, 0, 0, 0]]).bool()
    draws = torch.tensor([[1, 2, 9, 1, 2.5, 8, 1, 7], [1, 6, 5, 7, 9, 9, 2, 9]]) / 10
    arguments = ids, continues, draws, 0.25
    result = expect.result(function, arguments, names="ids, continues, draws", look=look)
    expect.several(result, 2, want="two tensors: return inputs, targets", look=look)

    def pieces(*numbers: int) -> torch.Tensor:
        return torch.isin(ids, torch.tensor(numbers))

    hidden = pieces(11, 12, 13, 21, 22)
    last = "a word is hidden when its last piece's draw is below the share; its first counts"
    chosen = {
        "each piece is drawn for itself; a word has one draw": pieces(11, 13, 16, 21),
        "only the first piece of a word is hidden": pieces(11, 21),
        "any of its draws hides a word; its first counts": hidden | pieces(15, 16),
        last: pieces(11, 12, 13, 15, 16),
        "a row never goes on with the last one, whatever its flag": pieces(11, 12, 13),
        "a draw equal to the share is not below it": hidden | pieces(14),
        "the rest of the words is hidden, not those drawn": pieces(14, 15, 16, 23, 24, 25),
        "special tokens, ids below 5, are never hidden": hidden | ((ids < 5) & (draws < 0.25)),
    }
    rest = {"look": look, "shape_cause": "pieces are replaced where they stand: (B, T) as it was"}
    expect.close(
        result[0],
        ids.masked_fill(hidden, 4),
        name="inputs for share 0.25",
        cause="all pieces of a chosen word become 4, [MASK]; all else stays",
        mistakes={why: ids.masked_fill(wrong, 4) for why, wrong in chosen.items()},
        **rest,
    )
    expect.close(
        result[1],
        ids.masked_fill(~hidden, -100),
        name="targets for share 0.25",
        cause="what stood at the hidden places; −100 wherever nothing is hidden",
        mistakes={
            "every piece is a target; the rest is to be −100": ids,
            "−100 is at the hidden places, not everywhere else": ids.masked_fill(hidden, -100),
            "0 stands where −100 belongs: it would be learned as [PAD]": ids * hidden,
            "targets taken after the masking say [MASK]": torch.where(hidden, 4, -100),
        },
        **rest,
    )


def top_p(function: Callable) -> None:
    """Check exercise 6: top_p(logits, p) -> out (B, V)."""
    rows = torch.tensor([[0.1, 0.4, 0.2, 0.3], [0.03, 0.02, 0.9, 0.05]])
    sure, two, half = [0, 0, 1, 0], [0, 4 / 7, 0, 3 / 7], [0, 0, 90 / 95, 5 / 95]
    least = [[1 / 6, 0, 1 / 3, 1 / 2], rows[1].tolist()]
    order = "the order is that of the sorted probabilities; token i has its own place"
    for shift in (0, 50):
        expect.worked(
            function,
            (rows.log() + shift, 0.55),
            torch.tensor([two, sure]),
            names="logits, p",
            name="out for probabilities 0.1, 0.4, 0.2, 0.3 and 0.03, 0.02, 0.9, 0.05; p = 0.55",
            cause="0.4 and 0.3 are the fewest that reach 0.55; divided by their sum, 4/7 and 3/7",
            look=f"exercise 6, formula (7); {LESSON}/03_transformer, on choosing the next word",
            finite_cause="0/0 where no token is left: the one that makes the sum reach p belongs to the set"
            if shift == 0
            else expect.FINITE,
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
