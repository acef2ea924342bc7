"""The Transformer (Vaswani et al. 2017): blocks of attention and of a feed-forward net."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from dlcourse.models.attention import MultiHeadAttention


class EncoderBlock(nn.Module):
    """Attention among the positions, then a net applied to each; both are added to what comes in.

    `norm="post"` normalises after each addition, as in 2017 and in BERT; "pre" normalises what enters
    each of the two, as in ViT and GPT-2, and trains without warm-up. Shown in: 06_transformer.
    """

    def __init__(
        self,
        D: int,
        h: int,
        F: int,
        *,
        norm: str = "post",
        dropout: float = 0.0,
        activation: Callable[[Tensor], Tensor] = functional.gelu,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        if norm not in ("pre", "post"):
            raise ValueError(f"norm={norm!r}: it is 'pre' or 'post'")
        self.norm, self.activation = norm, activation
        self.attention = MultiHeadAttention(D, h, dropout=dropout)
        self.attention_norm = nn.LayerNorm(D, eps)
        self.up, self.down = nn.Linear(D, F), nn.Linear(F, D)
        self.feed_norm = nn.LayerNorm(D, eps)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, *, need_weights: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """Return x (B, T, D) after the block, and its attention weights (B, h, T, T) if asked for."""
        if self.norm == "pre":
            gathered, weights = self.attention(
                self.attention_norm(x), mask=mask, need_weights=need_weights
            )
            x = x + self.dropout(gathered)
            return x + self.dropout(self.feed(self.feed_norm(x))), weights
        gathered, weights = self.attention(x, mask=mask, need_weights=need_weights)
        x = self.attention_norm(x + self.dropout(gathered))
        return self.feed_norm(x + self.dropout(self.feed(x))), weights

    def feed(self, x: Tensor) -> Tensor:
        """Return the feed-forward net of each position: D to F and back."""
        return self.down(self.activation(self.up(x)))
