"""word2vec: a vector for each word, learned by telling its neighbours from words drawn at random.

Skip-gram with negative sampling (Mikolov et al. 2013). There are two tables: `words` holds the
vectors that are kept, `contexts` what a neighbour looks for. No layer lies between them. Without
subsampling of frequent words and without phrases, which the paper has too.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.runtime import CourseError


def pairs(words: Tensor, window: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return every (centre, context) pair of sentences (B, T) of word numbers, 0 after the end.

    A context is at most `window` words from its centre; for each centre the window is drawn from 1
    to `window`, so that near words count more. Returns two (N,) int64. Raises CourseError for a
    window below 1.

    Shown in: 06_transformer/01_words_as_vectors.
    """
    if window < 1:
        raise CourseError(f"window={window}: a word needs at least one neighbour on each side")
    B, T = words.shape
    draw = torch.Generator().manual_seed(seed)
    reach = torch.randint(1, window + 1, (B, T), generator=draw)
    centres, contexts = [], []
    for distance in range(1, min(window, T - 1) + 1):
        left, right = words[:, :-distance], words[:, distance:]
        both = (left > 0) & (right > 0)
        for centre, context, near in [
            (left, right, reach[:, :-distance] >= distance),
            (right, left, reach[:, distance:] >= distance),
        ]:
            centres.append(centre[both & near])
            contexts.append(context[both & near])
    return torch.cat([*centres, words.new_empty(0)]), torch.cat([*contexts, words.new_empty(0)])


def noise_shares(counts: Tensor, power: float = 0.75) -> Tensor:
    """Return how often each word is drawn as noise: counts (V,) to a power, adding up to 1.

    A power below 1 lifts rare words. Number 0 fills sentences up and is never drawn.
    """
    shares = counts.double().pow(power) * (torch.arange(len(counts), device=counts.device) > 0)
    return (shares / shares.sum()).float()


class SkipGram(nn.Module):
    """Skip-gram with negative sampling; `counts` (V,) says how often each word occurs.

    `forward(centre)` looks vectors up, (B,) -> (B, D). `loss(v, context)` draws `negatives` words
    of noise for each pair, so that `train.fit(model, TensorDataset(centre, context),
    loss_fn=model.loss)` trains it. The vectors that one keeps are `words.weight` (V, D).

    Shown in: 06_transformer/01_words_as_vectors.
    """

    noise: Tensor

    def __init__(self, counts: Tensor, width: int = 32, negatives: int = 5) -> None:
        super().__init__()
        self.words = nn.Embedding(len(counts), width)
        self.contexts = nn.Embedding(len(counts), width)
        nn.init.uniform_(self.words.weight, -0.5 / width, 0.5 / width)  # as word2vec.c begins
        nn.init.zeros_(self.contexts.weight)
        self.negatives = negatives
        self.register_buffer("noise", noise_shares(counts))

    def forward(self, centre: Tensor) -> Tensor:
        return self.words(centre)  # (B, D)

    def loss(self, v: Tensor, context: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return the mean loss of pairs: v (B, D), context (B,); `noise` (B, k) or newly drawn.

        -log sigmoid(u_context . v) - sum_k log sigmoid(-u_noise_k . v), equation 4 of Mikolov et
        al. 2013 with the sign turned.
        """
        if noise is None:
            drawn = torch.multinomial(self.noise, len(v) * self.negatives, replacement=True)
            noise = drawn.reshape(len(v), self.negatives)
        u = self.contexts(torch.cat([context[:, None], noise], dim=1))  # (B, 1+k, D)
        # On a CPU this is faster here than a batched product.
        scores = (u * v[:, None]).sum(dim=-1)  # (B, 1+k)
        return -(F.logsigmoid(scores[:, 0]) + F.logsigmoid(-scores[:, 1:]).sum(dim=1)).mean()


def nearest(
    vectors: Tensor, query: Tensor, n: int = 1, exclude: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return the n words nearest to each query by cosine, and the cosines, both (B, n).

    `vectors` (V, D), `query` (B, D), `exclude` (B, m) words that may not be the answer. Number 0
    fills sentences up and is never an answer.
    """
    cosine = F.normalize(query, dim=-1) @ F.normalize(vectors, dim=-1).T  # (B, V)
    cosine[:, 0] = -torch.inf
    if exclude is not None:
        cosine = cosine.scatter(1, exclude, -torch.inf)
    found = cosine.topk(n, dim=1)
    return found.indices, found.values


def analogy(
    vectors: Tensor, a: Tensor, b: Tensor, c: Tensor, n: int = 1, *, exclude: bool = True
) -> tuple[Tensor, Tensor]:
    """Answer a - b + c: the n nearest words by cosine and their cosines, both (B, n).

    `vectors` (V, D) are brought to length 1 first; a, b, c are (B,) word numbers, king, man, woman
    for queen. As in Mikolov et al. 2013 the three words themselves are not an answer, unless
    `exclude` is False.

    Shown in: 06_transformer/01_words_as_vectors.
    """
    unit = F.normalize(vectors, dim=-1)
    asked = torch.stack([a, b, c], dim=1) if exclude else None
    return nearest(vectors, unit[a] - unit[b] + unit[c], n, asked)
