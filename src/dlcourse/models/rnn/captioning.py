"""A net that turns the code of a region into a sentence."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.text import BEGIN, END, PAD, before


class WordDecoder(nn.Module):
    """Turn one vector a region into words: a GRU starts from it and reads its own last word.

    `forward(code, words)` scores known texts (teacher forcing): `code` (N, D), `words` (N, T) from
    `text.Vocabulary.encode` with their ends, result (N, T, V), logits of each word given those
    before it. `generate(code, T)` takes the likeliest word T times: (N, T), padded after the end.

    Shown in: 03_cnn/05_segmentation_pose_captions.
    """

    def __init__(self, vocabulary: int, width: int = 64) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.gru = nn.GRU(width, width, batch_first=True)
        self.out = nn.Linear(width, vocabulary)

    def forward(self, code: Tensor, words: Tensor) -> Tensor:
        states, _ = self.gru(self.embed(before(words)), code[None])  # (N, T, D)
        return self.out(states)

    @torch.no_grad()
    def generate(self, code: Tensor, length: int) -> Tensor:
        state = code[None]  # (1, N, D)
        word = torch.full((len(code),), BEGIN, device=code.device)
        said, going = [], torch.ones_like(word, dtype=torch.bool)
        for _ in range(length):
            output, state = self.gru(self.embed(word)[:, None], state)  # (N, 1, D)
            word = self.out(output[:, 0]).argmax(dim=-1).where(going, PAD)  # (N,)
            going &= word != END
            said.append(word)
        return torch.stack(said, dim=1)


def word_loss(logits: Tensor, words: Tensor) -> Tensor:
    """Return the mean cross-entropy in nats over the words of each text and its end."""
    return F.cross_entropy(logits.transpose(1, 2), words, ignore_index=PAD)
