"""Words: a number for each, and a net that turns the code of a region into a sentence."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Vocabulary:
    """The words of some texts, with a number for each; 0 ends a text, and also begins one.

    >>> words = Vocabulary(["a red ball", "a cat"])
    >>> words.encode(["a cat", "a red ball"])
    tensor([[1, 3, 0, 0],
            [1, 4, 2, 0]])
    >>> words.decode(words.encode(["a cat"]))
    ['a cat']
    """

    def __init__(self, texts: list[str]) -> None:
        self.words = ["<end>", *sorted({word for text in texts for word in text.split()})]
        self.number = {word: number for number, word in enumerate(self.words)}
        self.longest = max(len(text.split()) for text in texts)

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, texts: list[str]) -> Tensor:
        """Return (N, T) int64, T one more than the longest text; raises KeyError for an unknown word."""
        rows = [[self.number[word] for word in text.split()] for text in texts]
        T = 1 + max(map(len, rows))
        return torch.tensor([row + [0] * (T - len(row)) for row in rows])

    def decode(self, numbers: Tensor) -> list[str]:
        """Return the texts of (N, T), each up to its first 0."""
        rows = [[*row, 0] for row in numbers.tolist()]
        return [" ".join(self.words[n] for n in row[: row.index(0)]) for row in rows]


class WordDecoder(nn.Module):
    """Turn one vector a region into words: a GRU starts from the vector and reads its own last word.

    `forward(code, words)` scores known texts (teacher forcing): `code` (N, D), `words` (N, T) from
    `Vocabulary.encode`, result (N, T, V), logits of each word given those before it. `generate(code, T)`
    takes the likeliest word T times: (N, T), all 0 after the first 0.

    Shown in: 03_cnn/05_segmentation_pose_captions.
    """

    def __init__(self, vocabulary: int, width: int = 64) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.gru = nn.GRU(width, width, batch_first=True)
        self.out = nn.Linear(width, vocabulary)

    def forward(self, code: Tensor, words: Tensor) -> Tensor:
        before = F.pad(words[:, :-1], (1, 0))  # (N, T), begins with 0
        states, _ = self.gru(self.embed(before), code[None])  # (N, T, D)
        return self.out(states)

    @torch.no_grad()
    def generate(self, code: Tensor, length: int) -> Tensor:
        state = code[None]  # (1, N, D)
        word = torch.zeros(len(code), dtype=torch.int64, device=code.device)
        said, going = [], torch.ones_like(word, dtype=torch.bool)
        for _ in range(length):
            output, state = self.gru(self.embed(word)[:, None], state)  # (N, 1, D)
            word = self.out(output[:, 0]).argmax(dim=-1) * going  # (N,)
            going &= word != 0
            said.append(word)
        return torch.stack(said, dim=1)


def word_loss(logits: Tensor, words: Tensor) -> Tensor:
    """Return the mean cross-entropy in nats over the words of each text and the 0 that ends it."""
    ended = (words == 0).cumsum(dim=1) > 1  # (N, T): padding after the end
    return F.cross_entropy(
        logits.transpose(1, 2), words.masked_fill(ended, -100), ignore_index=-100
    )
