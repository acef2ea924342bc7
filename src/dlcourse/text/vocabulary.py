"""A number for each word of some texts, and the four numbers that stand for no word."""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from dlcourse.runtime import CourseError

PAD, BEGIN, END, UNKNOWN = range(4)
SPECIAL = ("<pad>", "<begin>", "<end>", "<unknown>")


class Vocabulary:
    """Turn texts into numbers and back: special numbers first, then `words` in their order.

    PAD fills a row up, BEGIN and END stand around a text, UNKNOWN for every other word. A
    vocabulary has the first `special` of the four. `split` cuts a text, `joint` puts one together:
    `list` and "" make a vocabulary of characters. Raises CourseError for a word that is there
    twice.

    >>> words = Vocabulary.of(["a red ball", "a cat"])
    >>> words.encode(["a cat", "a red ball"], end=True)
    tensor([[4, 6, 2, 0],
            [4, 7, 5, 2]])
    >>> words.decode([4, 6, 2, 0])
    'a cat'
    """

    def __init__(
        self,
        words: Iterable[str],
        *,
        special: int = len(SPECIAL),
        split: Callable[[str], Sequence[str]] = str.split,
        joint: str = " ",
    ) -> None:
        self.words = (*SPECIAL[:special], *words)
        self.number = {word: number for number, word in enumerate(self.words)}
        self.special, self.split, self.joint = special, split, joint
        if len(self.number) < len(self.words):
            twice = next(word for n, word in enumerate(self.words) if self.number[word] != n)
            raise CourseError(f"the word {twice!r} is there twice")

    @classmethod
    def of(cls, texts: Iterable[str], **options) -> "Vocabulary":
        """Return a vocabulary of all words of some texts, in alphabetical order."""
        split = options.get("split", str.split)
        return cls(sorted({word for text in texts for word in split(text)}), **options)

    def __len__(self) -> int:
        return len(self.words)

    def encode(
        self,
        texts: Iterable[str],
        length: int | None = None,
        *,
        begin: bool = False,
        end: bool = False,
    ) -> Tensor:
        """Return numbers (N, T) int64, each row filled up with PAD to `length` or the longest row.

        Raises CourseError for a word that is unknown where there is no UNKNOWN, and for a text that
        is longer than `length`.
        """
        rows = [
            [BEGIN] * begin + [self._find(word, text) for word in self.split(text)] + [END] * end
            for text in texts
        ]
        longest = max(map(len, rows), default=0)
        T = longest if length is None else length
        if longest > T:
            raise CourseError(f"a text of {longest} words, but there is room for {T}")
        table = [row + [PAD] * (T - len(row)) for row in rows]
        return torch.tensor(table, dtype=torch.long).reshape(len(rows), T)

    def _find(self, word: str, text: str) -> int:
        number = self.number.get(word, UNKNOWN if self.special > UNKNOWN else None)
        if number is None:
            known = len(self) - self.special
            raise CourseError(f"{text!r}: {word!r} is not among the {known} words known here")
        return number

    def decode(self, row: Tensor | Sequence[int]) -> str:
        """Return the text of one row of numbers up to its END, without padding."""
        numbers = [int(number) for number in row]
        if self.special > END and END in numbers:
            numbers = numbers[: numbers.index(END)]
        return self.joint.join(self.words[n] for n in numbers if n != PAD or not self.special)


def before(target: Tensor) -> Tensor:
    """Return what a decoder reads while it writes target (B, T): the same one later, after BEGIN.

    >>> before(torch.tensor([[5, 6, END]])).tolist()
    [[1, 5, 6]]
    """
    return F.pad(target[:, :-1], (1, 0), value=BEGIN)
