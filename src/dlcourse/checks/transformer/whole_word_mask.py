"""Exercise 5 of 06_transformer: whole words hidden."""

from collections.abc import Callable
from typing import Any

import torch

from dlcourse.checks import expect


def whole_word_mask(function: Callable) -> None:
    """Check exercise 5: whole_word_mask(ids, continues, draws, share) -> inputs, targets (B, T)."""
    look = "exercise 5, the four rules; lesson 06_transformer/04_bert, section 2"
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
    shape_cause = "pieces are replaced where they stand: (B, T) as it was"
    rest: dict[str, Any] = {"look": look, "shape_cause": shape_cause}
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
