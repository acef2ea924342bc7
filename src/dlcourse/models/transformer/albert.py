"""ALBERT (Lan et al. 2020): BERT with a narrow table of words and one block for all layers.

Two savings, and neither changes what is computed per layer:

    factorised:  V x D numbers for the words become V x E + E x D, with E = 128
    shared:      12 or 24 layers run the same block again and again

The first needs one more product; the second saves memory and no time at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from dlcourse.models import initial, published
from dlcourse.models.transformer.transformer import EncoderBlock

# "gelu_new" is the approximation by a hyperbolic tangent; the two differ by less than 0.0005
# anywhere.
ACTIVATIONS = {
    "gelu": functional.gelu,
    "gelu_new": partial(functional.gelu, approximate="tanh"),
    "relu": functional.relu,
}
TABLE = [
    (r"^albert\.", ""),
    (r"^embeddings\.word_embeddings", "words"),
    (r"^embeddings\.position_embeddings", "positions"),
    (r"^embeddings\.token_type_embeddings", "segments"),
    (r"^embeddings\.LayerNorm", "norm"),
    (r"^encoder\.embedding_hidden_mapping_in", "widen"),
    (r"^encoder\.albert_layer_groups\.(\d+)\.albert_layers\.0\.", r"blocks.\1."),
    (r"\.attention\.dense", ".attention.output"),
    (r"\.attention\.LayerNorm", ".attention_norm"),
    (r"\.full_layer_layer_norm", ".feed_norm"),
    (r"\.ffn\.", ".up."),
    (r"\.ffn_output\.", ".down."),
]
# Of the pre-training, and of a task.
HEADS = (r"^predictions\.", r"^sop_classifier\.", r"^classifier\.")
BUFFERS = (r"position_ids$", r"token_type_ids$")  # 0, 1, 2, ... and zeros, in older files


@dataclass(frozen=True)
class AlbertConfig:
    """The sizes of an ALBERT; the defaults are those of albert-base-v2."""

    vocabulary: int = 30000  # V, pieces of SentencePiece
    embedding: int = 128  # E, width of the table of words: not that of the layers
    D: int = 768  # numbers a position
    h: int = 12  # heads of each attention
    F: int = 3072  # inner width of the feed-forward nets: always 4 D
    layers: int = 12
    groups: int = 1  # blocks with weights of their own: 1 shares all, `layers` shares nothing
    longest: int = 512  # positions that have a vector
    segments: int = 2  # first and second sentence
    dropout: float = 0.0  # version 2 was trained without
    eps: float = 1e-12
    activation: str = "gelu_new"  # as the files of version 2 say; those of version 1 say "gelu"

    @classmethod
    def published(cls, name: str) -> "AlbertConfig":
        """Return the sizes of "albert-base-v2", or "large", "xlarge", "xxlarge" in its place.

        Raises CourseError for another name. Lan et al. 2020, table 1.
        """
        return cls(**published.choose("ALBERT", name, PUBLISHED))


PUBLISHED = {
    f"albert-{size}-v2": {"D": D, "h": h, "F": 4 * D, "layers": layers}
    for size, D, h, layers in (
        ("base", 768, 12, 12),
        ("large", 1024, 16, 24),
        ("xlarge", 2048, 16, 24),
        ("xxlarge", 4096, 64, 12),
    )
}


class Albert(nn.Module):
    """Read a text in both directions at once, with one block of weights used in every layer.

    Words (B, T) int64 below `vocabulary`; T at most `longest`. Lan et al. 2020.
    Shown in: 06_transformer/05_bert_family.
    """

    def __init__(self, config: AlbertConfig) -> None:
        super().__init__()
        self.config = config
        E, D = config.embedding, config.D
        self.words = nn.Embedding(config.vocabulary, E)
        self.positions = nn.Embedding(config.longest, E)
        self.segments = nn.Embedding(config.segments, E)
        self.norm = nn.LayerNorm(E, config.eps)
        self.widen = nn.Linear(E, D)
        self.blocks = nn.ModuleList(
            EncoderBlock(
                D,
                config.h,
                config.F,
                dropout=config.dropout,
                activation=ACTIVATIONS[config.activation],
                eps=config.eps,
            )
            for _ in range(config.groups)
        )
        self.pooler = nn.Linear(D, D)
        self.dropout = nn.Dropout(config.dropout)
        initial.normal(self, 0.02)

    def forward(
        self, words: Tensor, mask: Tensor | None = None, segments: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the states (B, T, D) and a summary (B, D) of the first position.

        `mask` (B, T) bool is True at words and False at padding; `segments` (B, T) int64 is 0 in
        the first sentence and 1 in the second, all 0 without it.
        """
        T = words.shape[1]
        segments = torch.zeros_like(words) if segments is None else segments
        x = self.words(words) + self.segments(segments)  # (B, T, E)
        x = self.norm(x + self.positions(torch.arange(T, device=words.device)))
        x = self.widen(self.dropout(x))  # (B, T, D)
        look = None if mask is None else mask[:, None, None].bool()  # (B, 1, 1, T)
        for layer in range(self.config.layers):
            x, _ = self.blocks[layer * self.config.groups // self.config.layers](x, look)
        return x, torch.tanh(self.pooler(x[:, 0]))

    def load_published(self, state_dict: Mapping[str, Tensor]) -> None:
        """Copy in the weights of a published file, with or without its heads, which are left out.

        Raises CourseError that names the first key which is missing, unknown or of another shape.
        """
        published.load(self, state_dict, TABLE, ignored=(*HEADS, *BUFFERS))
