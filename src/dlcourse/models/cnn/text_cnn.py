"""Convolution over words: filters that read a few at a time, and the strongest answer of each."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class TextCNN(nn.Module):
    """Classify sentences by convolution over time and max pooling over time.

    Words (B, T) int64, 0 for padding, T at least the widest filter; logits (B, classes). `widths`
    are the filters' widths in words, `filters` how many there are of each. Kim 2014 (CNN-rand: the
    vectors are learned with the rest), with widths 3, 4, 5, 100 filters, 300 numbers a word;
    Severyn and Moschitti 2015 have one width, 5, with 300 filters, and 100 numbers a word, learned
    on tweets before.

    Shown in: 03_cnn/08_beyond_photographs.
    """

    def __init__(
        self,
        vocabulary: int,
        classes: int = 2,
        width: int = 300,
        widths: Sequence[int] = (3, 4, 5),
        filters: int = 100,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=0)
        self.convs = nn.ModuleList(nn.Conv1d(width, filters, k) for k in widths)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(filters * len(widths), classes)

    def responses(self, words: Tensor) -> list[Tensor]:
        """Return what the filters of each width k answer at each place, (B, filters, T - k + 1)."""
        x = self.embedding(words).mT  # (B, D, T): the numbers of a word are its channels
        return [torch.relu(conv(x)) for conv in self.convs]

    def forward(self, words: Tensor) -> Tensor:
        # (B, filters) each
        strongest = [response.amax(dim=2) for response in self.responses(words)]
        return self.output(self.dropout(torch.cat(strongest, dim=1)))  # (B, classes)
