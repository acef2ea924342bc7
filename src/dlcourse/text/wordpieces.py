"""Words and pieces of words, cut as BERT cuts them: the longest known piece first.

A piece that goes on where another ended is written with `##`: "unhashable" may be `un`, `##hash`,
`##able`. Any file `vocabulary.txt` that belongs to published weights, one piece a line, serves too.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from dlcourse.runtime import CourseError

PAD, UNK, CLS, SEP, MASK = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
TYPED = {"’": "'", "‘": "'", "“": '"', "”": '"', "—": "-", "–": "-"}  # what keyboards have
LONGEST = 100  # characters; a longer word is [UNK], as in BERT


def split(text: str) -> list[str]:
    """Return the words and punctuation marks of a text, lower-case and without accents.

    The five special words such as [MASK] stay as they are; every mark is a word of its own.

    >>> split("Don't panic, [MASK]!")
    ['don', "'", 't', 'panic', ',', '[MASK]', '!']
    """
    words = []
    for chunk in text.replace("[", " [").replace("]", "] ").split():
        if chunk in SPECIAL:
            words.append(chunk)
            continue
        spelled = unicodedata.normalize("NFD", chunk.lower())
        word = ""
        for letter in spelled:
            if unicodedata.category(letter) in ("Mn", "Cc", "Cf"):
                continue  # accents, and what cannot be seen
            if letter.isalnum() and not "\u4e00" <= letter <= "\u9fff":
                word += letter
            else:  # a mark; a Chinese character (汉字) is a word of its own too
                words += [word, letter] if word else [letter]
                word = ""
        words += [word] if word else []
    return words


class WordPieces:
    """Turn texts into numbers of pieces and back, by a vocabulary of pieces.

    `pieces` are strings, [PAD] and [UNK] among them; a piece's number is its place. Raises
    CourseError where one is missing or there twice. Devlin et al. 2019, section 3. Shown in:
    06_transformer/04_bert.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = tuple(pieces)
        self.number = {piece: index for index, piece in enumerate(self.pieces)}
        if missing := [piece for piece in SPECIAL if piece not in self.number]:
            raise CourseError(
                f"a vocabulary of pieces needs {missing[0]}, which is not in this one"
            )
        if len(self.number) < len(self.pieces):
            twice = next(p for i, p in enumerate(self.pieces) if self.number[p] != i)
            raise CourseError(f"the piece {twice!r} is there twice")
        self.pad, self.unk, self.cls, self.sep, self.mask = map(self.number.__getitem__, SPECIAL)

    def __len__(self) -> int:
        return len(self.pieces)

    def cut(self, text: str) -> list[str]:
        """Return the pieces of a text; a word that cannot be cut into known ones is [UNK]."""
        return [piece for word in split(text) for piece in self._cut(word)]

    def _cut(self, word: str) -> list[str]:
        found, start = [], 0
        while start < len(word) <= LONGEST:
            for end in range(len(word), start, -1):
                piece = "##" * (start > 0) + word[start:end]
                if piece in self.number:
                    break
            else:
                return [UNK]
            found.append(piece)
            start = end
        return found or [UNK]

    def encode(self, texts: Iterable[str], length: int | None = None) -> Tensor:
        """Return numbers (B, T): [CLS], the pieces, [SEP], and [PAD] up to the longest text.

        With `length`, T is at most that: longer texts lose their end, never the [SEP].
        """
        rows = [[self.number[piece] for piece in self.cut(text)] for text in texts]
        rows = [[self.cls, *row[: length - 2 if length else None], self.sep] for row in rows]
        table = torch.full((len(rows), max(map(len, rows), default=0)), self.pad)
        for row, numbers in zip(table, rows):
            row[: len(numbers)] = torch.tensor(numbers)
        return table

    def decode(self, numbers: Tensor | Sequence[int]) -> str:
        """Return the text of one row of numbers, pieces joined, without [PAD], [CLS] and [SEP].

        Capitals and the spaces around marks are lost.
        """
        hidden = (self.pad, self.cls, self.sep)
        pieces = [self.pieces[index] for index in map(int, numbers) if index not in hidden]
        return " ".join(pieces).replace(" ##", "")

    def to_tensor(self) -> Tensor:
        """Return the vocabulary as one tensor of bytes, so that it can travel with the weights."""
        return torch.frombuffer(bytearray("\n".join(self.pieces).encode()), dtype=torch.uint8)

    @classmethod
    def from_tensor(cls, content: Tensor) -> "WordPieces":
        """Return the vocabulary that `to_tensor` wrote."""
        return cls(bytes(content.tolist()).decode().split("\n"))


def learn(texts: Iterable[str], size: int = 2000) -> WordPieces:
    """Learn a vocabulary of `size` pieces from texts, by counting.

    The special words, every character that was seen (a word with another one is [UNK]), then whole
    words, the most frequent first; the last eighth goes to endings and beginnings of the words that
    found no place. (BERT's own was learned by merging pairs; how a word is cut is the same.) Raises
    CourseError when `size` does not even hold the characters. Shown in: 06_transformer/04_bert.
    """
    counts = Counter(word for text in texts for word in split(text) if word not in SPECIAL)
    letters = sorted({letter for word in counts for letter in word})
    pieces = dict.fromkeys([*SPECIAL, *letters, *(f"##{x}" for x in letters if x.isalnum())])
    if size < len(pieces):
        raise CourseError(
            f"size: {size} pieces do not hold the {len(pieces)} that single characters take"
        )
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    whole = [word for word in ranked if word not in pieces]
    room = size - len(pieces)
    pieces |= dict.fromkeys(whole[: room - room // 8])
    words = Counter()  # how many of the words left over have this beginning or ending
    for word in whole[room - room // 8 :]:
        for k in range(2, len(word) - 1):
            words.update([f"##{word[k:]}", word[:k]])
    worth = {piece: (n - 1) * (len(piece.strip("#")) - 1) for piece, n in words.items()}
    for piece in sorted(worth, key=lambda piece: (-worth[piece], piece)):
        if len(pieces) == size:
            break
        pieces.setdefault(piece)
    return WordPieces(list(pieces))
