"""ELMo: vectors of words in their sentence, from two language models that read both ways.

Peters et al. 2018, with a table of word vectors in the place of the paper's convolution over the
letters (so the published weights have no place here), and with LSTMs as wide inside as what they
hand on, where the paper projects 4,096 numbers to 512. Two stacks share the word vectors and the
softmax.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ELMo(nn.Module):
    """A deep bidirectional language model over `vocabulary` words; number 0 fills sentences up.

    `width` is D, of word vectors and of each LSTM. From the second layer on, a layer's input is
    added to its output, as in the paper.

    `forward(words)`: words (B, T) int64 -> logits (B, 2, T+1, V+2). Row 0 reads forward: its place
    t has seen the words before t only, and predicts word t, at last the end. Row 1 reads backward:
    its place t has seen the words from t on, and predicts word t-1, at first the begin.
    `targets(words)` gives what each should say. `layers(words)` gives the vectors: (L+1, B, T, 2D).

    Shown in: 06_transformer/01_words_as_vectors.
    """

    def __init__(self, vocabulary: int, width: int = 64, layers: int = 2) -> None:
        super().__init__()
        self.begin, self.end = vocabulary, vocabulary + 1  # two words of the model's own
        self.embedding = nn.Embedding(vocabulary + 2, width)

        def stack() -> nn.ModuleList:
            return nn.ModuleList(nn.LSTM(width, width, batch_first=True) for _ in range(layers))

        self.forwards, self.backwards = stack(), stack()
        self.softmax = nn.Linear(width, vocabulary + 2)  # shared by both directions

    def frame(self, words: Tensor) -> Tensor:
        """Put the begin before and the end behind each sentence: (B, T) -> (B, T+2)."""
        framed = F.pad(words, (1, 1))  # (B, T+2)
        framed[:, 0] = self.begin
        framed[torch.arange(len(words)), (words > 0).sum(dim=1) + 1] = self.end
        return framed

    def _read(self, words: Tensor) -> tuple[Tensor, Tensor]:
        """Return all layers of both readers at each place of the frame: (L+1, B, T+2, D) each."""
        framed = self.frame(words)
        place = torch.arange(framed.shape[1], device=words.device)
        last = (framed > 0).sum(dim=1, keepdim=True) - 1
        turned = torch.where(place <= last, last - place, place)  # (B, T+2): only what fills stays
        forward = _climb(self.forwards, self.embedding(framed))
        backward = _climb(self.backwards, self.embedding(framed.gather(1, turned)))
        back = turned[None, :, :, None].expand_as(backward)
        return forward, backward.gather(2, back)

    def layers(self, words: Tensor) -> Tensor:
        """Return the vectors of each word: (L+1, B, T, 2D), layer 0 the word alone, said twice.

        Each is [forward; backward]: what was read up to the word and with it, from either side.
        """
        forward, backward = self._read(words)
        return torch.cat([forward, backward], dim=-1)[:, :, 1:-1]

    def forward(self, words: Tensor) -> Tensor:
        forward, backward = (layers[-1] for layers in self._read(words))  # (B, T+2, D)
        return self.softmax(torch.stack([forward[:, :-1], backward[:, 1:]], dim=1))

    def targets(self, words: Tensor) -> Tensor:
        """Return what `forward` should predict: (B, 2, T+1), 0 where there is nothing to say."""
        framed = self.frame(words)
        following = framed[:, 1:]
        return torch.stack([following, framed[:, :-1] * (following > 0)], dim=1)


def _climb(stack: nn.ModuleList, x: Tensor) -> Tensor:
    layers = [x]
    for number, lstm in enumerate(stack):
        y, _ = lstm(layers[-1])
        layers.append(y + layers[-1] if number else y)
    return torch.stack(layers)


def loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean cross-entropy both ways: logits (B, 2, T+1, V+2), targets (B, 2, T+1)."""
    return F.cross_entropy(logits.flatten(0, 2), targets.flatten(), ignore_index=0)


class ScalarMix(nn.Module):
    """Mix layers (L, B, T, D) into (B, T, D): gamma times their mean weighted by softmax(s).

    s and gamma are learned by the task that uses the vectors; Peters et al. 2018, equation 1.
    """

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.s = nn.Parameter(torch.zeros(layers))
        self.gamma = nn.Parameter(torch.ones(()))

    def forward(self, layers: Tensor) -> Tensor:
        return self.gamma * torch.einsum("l,l...->...", self.s.softmax(dim=0), layers)
