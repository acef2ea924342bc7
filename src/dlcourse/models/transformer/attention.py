"""Attention: every position gathers what it needs from all others (Vaswani et al. 2017).

A query q asks, a key k answers how well it fits, and the values v of the fitting ones are averaged:

    attention(q, k, v) = softmax(q k^T / sqrt(K)) v

Masks are bool: True where a query may look. A query that may look nowhere gathers zeros, not NaN.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.runtime import CourseError


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return the gathered values (..., T, V) and the weights (..., T, S), which sum to 1 over S.

    q (..., T, K), k (..., S, K), v (..., S, V); `mask` is bool and broadcasts to (..., T, S), True
    where a query may look. A row of the mask without a True gives weights and values of zero.
    Raises CourseError for a mask of numbers. Vaswani et al. 2017, equation 1. Shown in:
    06_transformer/02_attention.
    """
    _check(mask)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., T, S)
    if mask is None:
        weights = scores.softmax(-1)
    else:
        # The lowest finite number, not -inf: a row of -inf alone would be 0 / 0.
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = scores.softmax(-1).masked_fill(~mask, 0.0)
    return weights @ v, weights


def causal(T: int, device: torch.device | None = None) -> Tensor:
    """Return the mask (T, T) under which a position sees itself and what came before it.

    >>> causal(3).int().tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    """
    return torch.ones(T, T, dtype=torch.bool, device=device).tril()


class MultiHeadAttention(nn.Module):
    """h attentions side by side, each on its own projection of width K = D / h.

    Raises CourseError when h does not divide D. Vaswani et al. 2017, section 3.2.2.
    Shown in: 06_transformer/02_attention.
    """

    def __init__(self, D: int, h: int, *, bias: bool = True, dropout: float = 0.0) -> None:
        super().__init__()
        if D % h:
            raise CourseError(f"width D={D} is not a multiple of the number of heads h={h}")
        self.h, self.dropout = h, dropout
        self.query, self.key, self.value, self.output = (
            nn.Linear(D, D, bias=bias) for _ in range(4)
        )

    def forward(
        self,
        x: Tensor,
        context: Tensor | None = None,
        mask: Tensor | None = None,
        *,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Let x (B, T, D) look at `context` (B, S, D), or at itself without one.

        `mask` broadcasts to (B, h, T, S). Returns (B, T, D) and the weights (B, h, T, S), which are
        None unless `need_weights`: torch's fused kernel never writes them down. Dropout, in
        training, forgets some of the weights at random; those returned are before it.
        """
        context = x if context is None else context
        q = self._split(self.query(x))  # (B, h, T, K)
        k, v = self._split(self.key(context)), self._split(self.value(context))  # (B, h, S, K)
        dropout = self.dropout if self.training else 0.0
        if need_weights:
            gathered, weights = attention(q, k, v, mask)
            if dropout:
                gathered = F.dropout(weights, dropout) @ v
        else:
            _check(mask)
            gathered = F.scaled_dot_product_attention(q, k, v, mask, dropout_p=dropout)
            weights = None
        return self.output(gathered.transpose(1, 2).flatten(2)), weights

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.h, -1)).transpose(1, 2)  # (B, T, D) -> (B, h, T, K)


def _check(mask: Tensor | None) -> None:
    """Raise CourseError unless the mask is bool: torch's kernel would add numbers to the scores."""
    if mask is not None and mask.dtype != torch.bool:
        raise CourseError(f"mask: want bool, True where a query may look; got {mask.dtype}")
