"""The Transformer (Vaswani et al. 2017): blocks of attention and of a feed-forward net.

`EncoderBlock` is also what BERT, ALBERT and ViT are made of. `Transformer` is the encoder and
decoder of 2017; `beam_search` writes with it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from dlcourse.models import initial, published
from dlcourse.models.mode import evaluating
from dlcourse.models.transformer.attention import MultiHeadAttention, causal
from dlcourse.runtime import CourseError
from dlcourse.text import BEGIN, END, PAD, before


class EncoderBlock(nn.Module):
    """Attention among the positions, then a net applied to each; both are added to what comes in.

    `norm="post"` normalises after each addition, as in 2017 and in BERT; "pre" normalises what
    enters each of the two, as in ViT and GPT-2, and trains without warm-up. Shown in:
    06_transformer/03_transformer.
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
            raise CourseError(f"norm={norm!r}: it is 'pre' or 'post'")
        self.norm, self.activation = norm, activation
        self.attention = MultiHeadAttention(D, h, dropout=dropout)
        self.attention_norm = nn.LayerNorm(D, eps)
        self.up, self.down = nn.Linear(D, F), nn.Linear(F, D)
        self.feed_norm = nn.LayerNorm(D, eps)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, *, need_weights: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """Return x (B, T, D) after the block, and its weights (B, h, T, T) if asked for."""
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


class DecoderBlock(EncoderBlock):
    """An encoder block that also looks at what the encoder made of the source, between the two.

    Vaswani et al. 2017, Figure 1, right. Shown in: 06_transformer/03_transformer.
    """

    def __init__(
        self, D: int, h: int, F: int, *, dropout: float = 0.0, eps: float = 1e-5, **other
    ) -> None:
        super().__init__(D, h, F, dropout=dropout, eps=eps, **other)
        self.cross = MultiHeadAttention(D, h, dropout=dropout)
        self.cross_norm = nn.LayerNorm(D, eps)

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        *,
        need_weights: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Return x (B, T, D) after the block, and weights (B, h, T, S) on memory if asked for.

        `mask` broadcasts to (B, h, T, T) and is usually causal, `memory_mask` to (B, h, T, S).
        """
        pre = self.norm == "pre"
        gathered, _ = self.attention(self.attention_norm(x) if pre else x, mask=mask)
        x = self._add(x, gathered, self.attention_norm)
        gathered, weights = self.cross(
            self.cross_norm(x) if pre else x, memory, memory_mask, need_weights=need_weights
        )
        x = self._add(x, gathered, self.cross_norm)
        return self._add(x, self.feed(self.feed_norm(x) if pre else x), self.feed_norm), weights

    def _add(self, x: Tensor, part: Tensor, norm: nn.LayerNorm) -> Tensor:
        x = x + self.dropout(part)
        return norm(x) if self.norm == "post" else x


@dataclass(frozen=True)
class TransformerConfig:
    """The sizes of a Transformer; the defaults are the base model of Vaswani et al. 2017."""

    vocabulary: int  # words of the source; of both languages, if they share one
    # Words of the target; None: one vocabulary and table for both.
    target_vocabulary: int | None = None
    D: int = 512  # width of the stream of vectors, d_model in the paper
    layers: int = 6  # blocks of the encoder, and as many of the decoder
    h: int = 8  # heads of each attention
    F: int = 2048  # inner width of the feed-forward nets, d_ff in the paper
    dropout: float = 0.1  # on embeddings, on what each part adds, and on weights of attention
    norm: str = "post"  # layer norm after each addition, as in 2017, or "pre", before each part
    positions: str = "sinusoidal"  # fixed waves, or "learned": a table with a vector a position
    longest: int = 512  # rows of the learned table; waves go on for ever
    tied: bool = True  # the output layer is the table of the target's words, as in 2017, or its own

    @classmethod
    def published(cls, name: str, vocabulary: int = 37_000) -> "TransformerConfig":
        """Return the sizes of "base" or "big" of the paper's table 3, for one joint vocabulary.

        The paper speaks of about 37,000 word pieces for English and German. Its 65 and 213 million
        parameters agree with no single number: 65 needs some 40,700, and 213 some 35,800.
        """
        return cls(vocabulary, **published.choose("Transformer", name, PUBLISHED))


PUBLISHED = {"base": {}, "big": {"D": 1024, "h": 16, "F": 4096, "dropout": 0.3}}


def sinusoids(T: int, D: int) -> Tensor:
    """Return waves (T, D): sines in even columns, cosines in odd ones, ever slower to the right.

    p[t, 2i] = sin(t / 10000^(2i/D)), p[t, 2i+1] = cos(the same). Vaswani et al. 2017, section 3.5.
    """
    speed = 10_000 ** (-torch.arange(0, D, 2) / D)  # (D/2,) radians a position
    angle = torch.arange(T)[:, None] * speed  # (T, D/2)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)[:, :D]


class Transformer(nn.Module):
    """Read a sentence with the encoder, write another with the decoder, word by word.

    `forward(source, target)` scores a known translation (teacher forcing): source (B, S) and target
    (B, T) int64, 0 where a sentence is over, the result (B, T, V): logits of each word of the
    target given the source and the words before it. Embeddings are times sqrt(D) on their way in,
    and shared with the output layer. `beam_search` writes. Vaswani et al. 2017.

    Shown in: 06_transformer/03_transformer.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        c = self.config = config
        if c.positions not in ("sinusoidal", "learned"):
            raise CourseError(f"positions={c.positions!r}: it is 'sinusoidal' or 'learned'")
        sizes = {"norm": c.norm, "dropout": c.dropout, "activation": functional.relu}
        self.source = nn.Embedding(c.vocabulary, c.D)
        self.target = nn.Embedding(c.target_vocabulary, c.D) if c.target_vocabulary else self.source
        if c.positions == "learned":
            self.place = nn.Embedding(c.longest, c.D)
        self.encoder = nn.ModuleList(EncoderBlock(c.D, c.h, c.F, **sizes) for _ in range(c.layers))
        self.decoder = nn.ModuleList(DecoderBlock(c.D, c.h, c.F, **sizes) for _ in range(c.layers))
        if c.norm == "pre":  # nothing else would normalise the sum of all blocks
            self.encoder_norm, self.decoder_norm = nn.LayerNorm(c.D), nn.LayerNorm(c.D)
        self.output = nn.Linear(c.D, self.target.num_embeddings, bias=False)
        if c.tied:
            self.output.weight = self.target.weight
        self.dropout = nn.Dropout(c.dropout)
        # Embeddings times sqrt(D), and logits, are then of the order of 1.
        initial.xavier(self, std=c.D**-0.5)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        return self.decode(before(target), *self.encode(source))[0]

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Return the memory (B, S, D) of source (B, S), and where it has words, (B, S) bool."""
        mask = source != PAD
        x = self._embed(self.source, source)  # (B, S, D)
        for block in self.encoder:
            x, _ = block(x, mask[:, None, None])
        return self.encoder_norm(x) if self.config.norm == "pre" else x, mask

    def decode(
        self, words: Tensor, memory: Tensor, mask: Tensor, *, need_weights: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """Return logits (B, T, V) of the word after each of words (B, T), which begin with BEGIN.

        With `need_weights` also where each looked in the source: (B, layers, h, T, S), else None.
        """
        past = causal(words.shape[1], words.device)
        x, maps = self._embed(self.target, words), []  # (B, T, D)
        for block in self.decoder:
            x, weights = block(x, memory, past, mask[:, None, None], need_weights=need_weights)
            maps.append(weights)
        x = self.decoder_norm(x) if self.config.norm == "pre" else x
        return self.output(x), torch.stack(maps, dim=1) if need_weights else None

    def _embed(self, table: nn.Embedding, words: Tensor) -> Tensor:
        T, D = words.shape[1], self.config.D
        if self.config.positions == "sinusoidal":
            places = sinusoids(T, D).to(table.weight)
        else:
            if self.config.longest < T:
                raise CourseError(f"{T} words, but positions are learned for {self.config.longest}")
            places = self.place.weight[:T]
        return self.dropout(table(words) * math.sqrt(D) + places)


def smoothed_loss(logits: Tensor, target: Tensor, smoothing: float = 0.1) -> Tensor:
    """Return the mean cross-entropy in nats of logits (B, T, V) with smoothed labels.

    The right word is asked for with probability 1 - smoothing + smoothing / V, any other with
    smoothing / V. Szegedy et al. 2016, section 7; Vaswani et al. 2017, section 5.4.
    """
    return functional.cross_entropy(
        logits.transpose(1, 2), target, ignore_index=PAD, label_smoothing=smoothing
    )


def warm_up(step: int, D: int, warmup: int = 4000) -> float:
    """Return the learning rate of a step, from 1 on: up in a line, then down as 1 / sqrt(step).

    Vaswani et al. 2017, equation 3.
    """
    return D**-0.5 * min(step**-0.5, step * warmup**-1.5)


@torch.no_grad()
def beam_search(
    model: Any, source: Tensor, *, beam: int = 4, penalty: float = 0.6, longest: int = 50
) -> tuple[Tensor, Tensor]:
    """Write translations (B, T) of source (B, S), each up to END and then 0, and their scores (B,).

    `model` has `encode` and `decode` as Transformer has. The `beam` best beginnings are kept;
    `beam=1` is greedy: the likeliest word, and again. A score is log P / ((5 + length) /
    6)^penalty, the length with END: without a penalty (0), short sentences win. Stops after
    `longest` words.

    Wu et al. 2016, equation 14. Shown in: 06_transformer/03_transformer.
    """
    with evaluating(model):
        B, device = len(source), source.device
        state = [part.repeat_interleave(beam, dim=0) for part in model.encode(source)]
        words = torch.full((B, beam, 1), BEGIN, device=device)
        log_p = torch.full((B, beam), -math.inf, device=device)
        log_p[:, 0] = 0  # at first all beams are the same one
        length = torch.zeros(B, beam, device=device)
        for _ in range(longest):
            over = (words == END).any(dim=-1)  # (B, beam)
            if over.all():
                break
            step = model.decode(words.flatten(0, 1), *state)[0][:, -1].log_softmax(-1)
            step = step.unflatten(0, (B, beam))  # (B, beam, V)
            step[over] = -math.inf  # an ended one is followed by padding, for nothing
            step[..., PAD] = torch.where(over, 0.0, -math.inf)
            step[..., BEGIN] = -math.inf
            grown = (length + ~over)[..., None]
            scores = (log_p[..., None] + step) / ((5 + grown) / 6) ** penalty  # (B, beam, V)
            best = scores.flatten(1).topk(beam).indices  # (B, beam)
            parent, word = best // step.shape[-1], best % step.shape[-1]
            log_p = (log_p[..., None] + step).flatten(1).gather(1, best)
            length = grown[..., 0].gather(1, parent)
            words = words.gather(1, parent[..., None].expand(-1, -1, words.shape[-1]))
            words = torch.cat([words, word[..., None]], dim=-1)
    return words[:, 0, 1:], log_p[:, 0] / ((5 + length[:, 0]) / 6) ** penalty
