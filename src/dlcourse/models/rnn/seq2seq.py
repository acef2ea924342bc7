"""A recurrent translator with attention (Bahdanau, Cho and Bengio 2015)."""

import torch
from torch import Tensor, nn

from dlcourse.text import PAD, before


class Seq2Seq(nn.Module):
    """A GRU reads both ways, another writes, and a small net says where in the source to look.

    With the decoder's state s and the encoder's h_j, the weights of the next word are additive:

        e_j = v . tanh(W s + U h_j)        a = softmax(e)        c = sum_j a_j h_j

    `forward(source, target)`, `encode` and `decode` are those of `transformer.Transformer`, so that
    the same loop trains both and `beam_search` writes with both. Words are read out through a
    maxout layer of s, c and the word before, as in the paper's appendix A.2.

    Shown in: 06_transformer/03_transformer.
    """

    def __init__(
        self, vocabulary: int, target_vocabulary: int, D: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.source = nn.Embedding(vocabulary, D)
        self.target = nn.Embedding(target_vocabulary, D)
        self.encoder = nn.GRU(D, D, batch_first=True, bidirectional=True)
        self.start = nn.Linear(D, D)  # W_s: the decoder's first state
        self.W, self.U = nn.Linear(D, D, bias=False), nn.Linear(2 * D, D, bias=False)
        self.v = nn.Linear(D, 1, bias=False)
        self.cell = nn.GRUCell(3 * D, D)  # of the word before and c
        self.readout = nn.Linear(4 * D, 2 * D)  # of s, c and the word before
        self.output = nn.Linear(D, target_vocabulary)
        self.dropout = nn.Dropout(dropout)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        return self.decode(before(target), *self.encode(source))[0]

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Return states (B, S, 2D) of both directions, and where source (B, S) has words."""
        mask = source != PAD
        x = self.dropout(self.source(source))  # (B, S, D)
        lengths = mask.sum(dim=1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(
            x, lengths, batch_first=True, enforce_sorted=False
        )
        h, _ = nn.utils.rnn.pad_packed_sequence(
            self.encoder(packed)[0], batch_first=True, total_length=source.shape[1]
        )
        return h, mask

    def decode(
        self, words: Tensor, memory: Tensor, mask: Tensor, *, need_weights: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """Return logits (B, T, V) of the word after each of words (B, T), which begin with BEGIN.

        With `need_weights` also the weights a, as (B, 1, 1, T, S), else None.
        """
        D = self.start.in_features
        y = self.dropout(self.target(words))  # (B, T, D)
        keys = self.U(memory)  # (B, S, D), once for all words
        s = torch.tanh(self.start(memory[:, 0, D:]))  # the backward GRU has read to the first word
        states, contexts, maps = [], [], []
        for t in range(words.shape[1]):
            e = self.v(torch.tanh(self.W(s)[:, None] + keys))[..., 0]  # (B, S)
            a = e.masked_fill(~mask, torch.finfo(e.dtype).min).softmax(dim=-1)
            c = (a[:, None] @ memory)[:, 0]  # (B, 2D)
            s = self.cell(torch.cat([y[:, t], c], dim=-1), s)  # (B, D)
            states.append(s)
            contexts.append(c)
            maps.append(a)
        read = self.readout(torch.cat([torch.stack(states, 1), torch.stack(contexts, 1), y], -1))
        x = read.unflatten(-1, (D, 2)).amax(dim=-1)  # (B, T, D): maxout (Goodfellow 2013)
        weights = torch.stack(maps, dim=1)[:, None, None] if need_weights else None
        return self.output(self.dropout(x)), weights
