"""XLNet (Yang et al. 2019): a language model that predicts in every order.

A text of T words has T! orders. For each one the chain rule gives its probability,

    log p(x) = sum_t log p(x_z(t) | x_z(1), ..., x_z(t-1)),

and averaged over orders z each word is predicted from words on both of its sides. The words stay in
their places: z is only a mask that says who may look at whom. A predicted position must know
*where* it is and not *what* stands there, and yet later ones must see what stands there. Hence two
streams through the same weights: content h, which has seen its own word, and query g, which has
not.

Distances come from Transformer-XL (Dai et al. 2019): a score has a term for how far away a key is.
Left out is its recurrent memory of earlier segments, which changes nothing within one segment.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from dlcourse.models import initial, published
from dlcourse.runtime import CourseError

TABLE = [
    (r"^transformer\.", ""),
    (r"^word_embedding\.", "words."),
    (r"^mask_emb$", "blank"),
    (r"^layer\.(\d+)\.rel_attn\.layer_norm", r"blocks.\1.attention_norm"),
    (r"^layer\.(\d+)\.rel_attn\.", r"blocks.\1.attention."),
    (r"^layer\.(\d+)\.ff\.layer_norm", r"blocks.\1.feed_norm"),
    (r"^layer\.(\d+)\.ff\.layer_1", r"blocks.\1.up"),
    (r"^layer\.(\d+)\.ff\.layer_2", r"blocks.\1.down"),
    (r"^lm_loss\.bias$", "bias"),
]


@dataclass(frozen=True)
class XLNetConfig:
    """The sizes of an XLNet; the defaults are those of xlnet-base-cased."""

    vocabulary: int = 32000  # V, pieces of SentencePiece
    D: int = 768  # numbers a position
    h: int = 12  # heads of each attention, each of width K = D / h
    F: int = 3072  # inner width of the feed-forward nets
    layers: int = 12
    dropout: float = 0.1
    eps: float = 1e-12
    initial: float = 0.02  # standard deviation of the weights at the start

    @classmethod
    def published(cls, name: str) -> "XLNetConfig":
        """Return the sizes of "xlnet-base-cased" or "xlnet-large-cased", else raise CourseError."""
        return cls(**published.choose("XLNet", name, PUBLISHED))


PUBLISHED = {
    "xlnet-base-cased": {},
    "xlnet-large-cased": {"D": 1024, "h": 16, "F": 4096, "layers": 24},
}


def look(order: Tensor) -> Tensor:
    """Return who may look at whom, (..., T, T) bool, under orders (..., T) of prediction.

    `order[t]` is the position that is predicted in turn t. Row i is True at the positions predicted
    before i; i itself is not among them. Yang et al. 2019, equation 3. Shown in:
    06_transformer/05_bert_family.

    >>> look(torch.tensor([2, 0, 1])).int().tolist()  # 2 first: it sees nobody
    [[0, 0, 1], [1, 0, 1], [0, 0, 0]]
    """
    turn = order.argsort(dim=-1)  # (..., T): in which turn each position is predicted
    return turn[..., None, :] < turn[..., :, None]


class RelativeAttention(nn.Module):
    """Attention whose scores also ask how far away a key is, and whether in the same segment.

    With content query q_i and key k_j, the score of i looking at j is the sum of

        (q_i + r_w_bias) k_j  +  (q_i + r_r_bias) r(i - j)  +  (q_i + r_s_bias) seg_embed[same or
        not],

    over sqrt(K). Dai et al. 2019, section 3.3; Yang et al. 2019, section 2.5. The parameters have
    the published names. Shown in: 06_transformer/05_bert_family.
    """

    def __init__(self, D: int, h: int, dropout: float = 0.0, initial: float = 0.02) -> None:
        super().__init__()
        if D % h:
            raise CourseError(f"width D={D} is not a multiple of the number of heads h={h}")
        K = D // h
        for name in ("q", "k", "v", "o", "r"):
            self.register_parameter(name, nn.Parameter(torch.randn(D, h, K) * initial))
        self.r_w_bias, self.r_r_bias, self.r_s_bias = (
            nn.Parameter(torch.zeros(h, K)) for _ in range(3)
        )
        self.seg_embed = nn.Parameter(torch.randn(2, h, K) * initial)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Tensor,
        content: Tensor,
        distance: Tensor,
        mask: Tensor | None,
        other: Tensor | None = None,
    ) -> Tensor:
        """Let the askers x (B, M, D) look at `content` (B, T, D); the result is (B, M, D).

        `distance` (B or 1, M, T) int64 is the asker's position less the key's, between 1 - T and T
        - 1; `mask` (B or 1, M, T) bool is True where an asker may look (if nowhere, it gathers
        zeros); `other` (B, M, T) int64 is 1 where asker and key are in different segments.
        """
        T, D = content.shape[1:]
        q = torch.einsum("bmd,dhk->bhmk", x, self.q)
        k = torch.einsum("btd,dhk->bhtk", content, self.k)
        v = torch.einsum("btd,dhk->bhtk", content, self.v)
        r = torch.einsum("nd,dhk->hnk", waves(T, D).to(x), self.r)  # (h, 2T-1, K)

        scores = (q + self.r_w_bias[:, None]) @ k.mT  # (B, h, M, T)
        far = (q + self.r_r_bias[:, None]) @ r.mT  # (B, h, M, 2T-1): of each distance
        scores = scores + far.gather(-1, _heads(distance + T - 1, scores))
        if other is not None:
            side = (q + self.r_s_bias[:, None]) @ self.seg_embed.permute(1, 2, 0)  # (B, h, M, 2)
            scores = scores + side.gather(-1, _heads(other, scores))
        scores = scores / math.sqrt(q.shape[-1])
        if mask is not None:
            scores = scores.masked_fill(~mask[:, None], torch.finfo(scores.dtype).min)
        weights = scores.softmax(-1)
        if mask is not None:
            weights = weights.masked_fill(~mask[:, None], 0.0)
        return torch.einsum("bhmk,dhk->bmd", self.dropout(weights) @ v, self.o)


def waves(T: int, D: int) -> Tensor:
    """Return sines and cosines (2T-1, D) of the distances 1 - T to T - 1 (Dai et al. 2019)."""
    distance = torch.arange(1 - T, T)
    frequency = 1e4 ** -(torch.arange(0, D, 2) / D)
    angle = distance[:, None] * frequency
    return torch.cat([angle.sin(), angle.cos()], dim=-1)


def _heads(index: Tensor, scores: Tensor) -> Tensor:
    """Repeat an index (B or 1, M, T) for the batch and the heads of scores (B, h, M, T)."""
    return index[:, None].expand(scores.shape)


class Block(nn.Module):
    """Relative attention, then a feed-forward net; each is added, and the sum normalised."""

    def __init__(self, config: XLNetConfig) -> None:
        super().__init__()
        D, F = config.D, config.F
        self.attention = RelativeAttention(D, config.h, config.dropout, config.initial)
        self.attention_norm = nn.LayerNorm(D, config.eps)
        self.up, self.down = nn.Linear(D, F), nn.Linear(F, D)
        self.feed_norm = nn.LayerNorm(D, config.eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        x: Tensor,
        content: Tensor,
        distance: Tensor,
        mask: Tensor | None,
        other: Tensor | None = None,
    ) -> Tensor:
        gathered = self.attention(x, content, distance, mask, other)
        x = self.attention_norm(x + self.dropout(gathered))
        inside = self.dropout(functional.gelu(self.up(x)))
        return self.feed_norm(x + self.dropout(self.down(inside)))


class XLNet(nn.Module):
    """A permutation language model with two streams. Yang et al. 2019.

    Shown in: 06_transformer/05_bert_family.
    """

    def __init__(self, config: XLNetConfig) -> None:
        super().__init__()
        self.config = config
        self.words = nn.Embedding(config.vocabulary, config.D)
        # Every query's first state: the same at each position, for any word.
        self.blank = nn.Parameter(torch.randn(1, 1, config.D) * config.initial)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))
        self.dropout = nn.Dropout(config.dropout)
        initial.normal(self, config.initial)

    def forward(
        self,
        words: Tensor,
        look: Tensor | None = None,
        targets: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        segments: Tensor | None = None,
    ) -> Tensor:
        """Return content states h (B, T, D); or, of `targets` (B, M), query states g (B, M, D).

        `look` (B or 1, T, T) bool is what `look(order)` gives: True at what is predicted before.
        Content also sees itself, a query does not. Without it all see all. `mask` (B, T) bool is
        True at words and False at padding; `segments` (B, T) int64 numbers the sentences. A query
        that may look nowhere gathers zeros and guesses by place alone.
        """
        B, T = words.shape
        place = torch.arange(T, device=words.device)
        distance = (place[:, None] - place)[None]  # (1, T, T)
        other = None if segments is None else (segments[:, :, None] != segments[:, None]).long()
        if mask is not None:
            look = mask[:, None].bool() if look is None else look & mask[:, None].bool()
            look = look.expand(-1, T, T)
        with_self = None if look is None else look | (place[:, None] == place)

        x = self.dropout(self.words(words))  # (B, T, D): the content stream h
        if targets is None:
            look, M = with_self, 0
        else:  # the query stream g in front of it: both go through the same weights, and look at h
            M = targets.shape[1]
            g = self.dropout(self.blank.expand(B, M, -1))
            x = torch.cat([g, x], dim=1)  # (B, M+T, D)
            distance, other = (
                _add_rows(distance, distance, targets),
                _add_rows(other, other, targets),
            )
            look = _add_rows(look, with_self, targets)
        for block in self.blocks:
            x = block(x, x[:, M:], distance, look, other)
        return self.dropout(x if targets is None else x[:, :M])

    def logits(self, states: Tensor) -> Tensor:
        """Return scores (..., V) of the words, by the table that also reads them."""
        return functional.linear(states, self.words.weight, self.bias)

    def load_published(self, state_dict: Mapping[str, Tensor]) -> None:
        """Copy in a published language model (keys `transformer.layer.0.rel_attn.q`).

        `lm_loss.weight` is the table of words once more, and left out. Raises CourseError that
        names the first key which is missing, unknown or of another shape.
        """
        published.load(self, state_dict, TABLE, ignored=(r"^lm_loss\.weight$",))


def _add_rows(table: Tensor | None, to: Tensor | None, targets: Tensor) -> Tensor | None:
    """Put the rows of `table` (B or 1, T, T) at the targets (B, M) before those of `to`:

    (B, M+T, T).
    """
    if table is None or to is None:
        return None
    B, T = len(targets), table.shape[-1]
    rows = table.expand(B, T, T).gather(1, targets[..., None].expand(-1, -1, T))
    return torch.cat([rows, to.expand(B, T, T)], dim=1)
