"""BERT (Devlin et al. 2019): the Transformer's encoder, trained to guess hidden words.

    masked language model:  L = -mean over hidden t of log P(x_t | what is not hidden, on both
    sides)

`BertForMaskedLM` guesses, `BertForClassification` is fine-tuned on the first position, [CLS].
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from dlcourse.models import initial, published
from dlcourse.models.transformer.transformer import EncoderBlock
from dlcourse.runtime import CourseError

# From the names in the published files to ours.
TABLE = [
    (r"embeddings\.word_embeddings", "words"),
    (r"embeddings\.position_embeddings", "positions"),
    (r"embeddings\.token_type_embeddings", "segments"),
    (r"embeddings\.LayerNorm", "norm"),
    (r"encoder\.layer\.", "blocks."),
    (r"\.attention\.self\.", ".attention."),
    (r"\.attention\.output\.LayerNorm", ".attention_norm"),
    (r"\.attention\.output\.dense", ".attention.output"),
    (r"\.intermediate\.dense", ".up"),
    (r"(blocks\.\d+)\.output\.LayerNorm", r"\1.feed_norm"),
    (r"(blocks\.\d+)\.output\.dense", r"\1.down"),
    (r"pooler\.dense", "pooler"),
    (r"^cls\.predictions\.transform\.dense", "transform"),
    (r"^cls\.predictions\.transform\.LayerNorm", "transform_norm"),
    (r"^cls\.predictions\.bias", "bias"),
]
BUFFERS = r"position_ids$"  # 0, 1, 2, ... in older files
NEXT = r"^cls\.seq_relationship\."  # "is B the sentence after A?", a task of the pre-training only
POOLER = r"^bert\.pooler\."  # a masked language model has no use for it
# The decoder is the table of words again, and its bias stands in the file by itself.
TIED = r"^cls\.predictions\.decoder\."


@dataclass(frozen=True)
class BertConfig:
    """The sizes of a BERT; the defaults are those of bert-base-uncased."""

    vocabulary: int = 30522  # V, word pieces
    D: int = 768  # numbers a position
    layers: int = 12  # blocks
    h: int = 12  # heads of each attention
    F: int = 3072  # inner width of the feed-forward nets: always 4 D
    longest: int = 512  # positions that have a vector
    segments: int = 2  # first and second sentence
    dropout: float = 0.1
    eps: float = 1e-12  # in the layer norms
    initial: float = 0.02  # deviation of the first weights; a narrow model needs about D^-0.5

    @classmethod
    def published(cls, name: str) -> "BertConfig":
        """Return the sizes of "bert-base-uncased" or "bert-large-uncased", else raise CourseError.

        Devlin et al. 2019, section 3.
        """
        return cls(**published.choose("BERT", name, PUBLISHED))


PUBLISHED = {
    "bert-base-uncased": {},
    "bert-large-uncased": {"D": 1024, "layers": 24, "h": 16, "F": 4096},
}


class Bert(nn.Module):
    """Read a text in both directions at once: words (B, T) int64 to states (B, T, D).

    T is at most `config.longest`. Without `pooler` there is no summary. Devlin et al. 2019.
    Shown in: 06_transformer/04_bert.
    """

    def __init__(self, config: BertConfig, *, pooler: bool = True) -> None:
        super().__init__()
        self.config = config
        D = config.D
        self.words = nn.Embedding(config.vocabulary, D)
        self.positions = nn.Embedding(config.longest, D)
        self.segments = nn.Embedding(config.segments, D)
        self.norm = nn.LayerNorm(D, config.eps)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(
            EncoderBlock(D, config.h, config.F, dropout=config.dropout, eps=config.eps)
            for _ in range(config.layers)
        )
        self.pooler = nn.Linear(D, D) if pooler else None
        initial.normal(self, config.initial)

    def forward(
        self, words: Tensor, mask: Tensor | None = None, segments: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Return states (B, T, D) and a summary (B, D) of the first one, None without a pooler.

        `mask` (B, T) bool is True at words and False at padding; `segments` (B, T) int64 is 0 in
        the first sentence and 1 in the second, all 0 without it. Raises CourseError for too long a
        text.
        """
        T = words.shape[1]
        if self.config.longest < T:
            raise CourseError(
                f"a text of {T} pieces, but there are {self.config.longest} positions"
            )
        segments = torch.zeros_like(words) if segments is None else segments
        x = self.words(words) + self.segments(segments)  # (B, T, D)
        x = self.norm(x + self.positions.weight[:T])
        x = self.dropout(x)
        look = None if mask is None else mask[:, None, None].bool()  # (B, 1, 1, T)
        for block in self.blocks:
            x, _ = block(x, look)
        return x, None if self.pooler is None else torch.tanh(self.pooler(x[:, 0]))

    def load_published(self, state_dict: Mapping[str, Tensor]) -> None:
        """Copy in the weights of a published file, without the heads of its tasks.

        Raises CourseError that names the first key which is missing, unknown or of another shape.
        """
        ignored = [r"^cls\.", r"^classifier\.", BUFFERS]
        if self.pooler is None:
            ignored.append(r"^(bert\.)?pooler\.")
        published.load(self, state_dict, [(r"^bert\.", ""), *TABLE], ignored=ignored)


class BertForMaskedLM(nn.Module):
    """Guess the word at each position: words (B, T) to logits (B, T, V).

    The decoder is the table of words once more, with a bias of its own. Devlin et al. 2019, section
    3.1. Shown in: 06_transformer/04_bert.
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.bert = Bert(config, pooler=False)
        self.transform = nn.Linear(config.D, config.D)
        self.transform_norm = nn.LayerNorm(config.D, config.eps)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))
        initial.normal(self.transform, config.initial)

    def forward(
        self,
        words: Tensor,
        mask: Tensor | None = None,
        segments: Tensor | None = None,
        *,
        at: Tensor | None = None,
    ) -> Tensor:
        """Return logits (B, T, V), or (N, V) of the N positions where `at` (B, T) bool is True.

        In training that is one position of seven, and the others' logits would be for nothing. For
        `mask` and `segments` see `Bert`.
        """
        x, _ = self.bert(words, mask, segments)  # (B, T, D)
        x = x if at is None else x[at]  # (N, D)
        x = self.transform_norm(functional.gelu(self.transform(x)))
        return functional.linear(x, self.bert.words.weight, self.bias)  # (..., V)

    def load_published(self, state_dict: Mapping[str, Tensor]) -> None:
        """Copy in the weights of a published file, without its next-sentence head and pooler.

        Raises CourseError that names the first key which is missing, unknown or of another shape.
        """
        published.load(self, state_dict, TABLE, ignored=(BUFFERS, NEXT, POOLER, TIED))


class BertForClassification(nn.Module):
    """Sort texts into `classes`: words (B, T) to logits (B, classes), from the summary of [CLS].

    Devlin et al. 2019, figure 4. Shown in: 06_transformer/04_bert.
    """

    def __init__(self, config: BertConfig, classes: int = 2) -> None:
        super().__init__()
        self.bert = Bert(config)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.D, classes)
        initial.normal(self.classifier, config.initial)

    def forward(
        self, words: Tensor, mask: Tensor | None = None, segments: Tensor | None = None
    ) -> Tensor:
        _, summary = self.bert(words, mask, segments)  # (B, D)
        return self.classifier(self.dropout(summary))  # (B, classes)

    def load_published(self, state_dict: Mapping[str, Tensor]) -> None:
        """Copy in the weights of a published fine-tuned file, its classifier among them.

        To begin from pre-trained weights, which have none, call `model.bert.load_published`. Raises
        CourseError that names the first key which is missing, unknown or of another shape.
        """
        published.load(self, state_dict, TABLE, ignored=(BUFFERS,))


def hide(
    words: Tensor, may: Tensor, *, mask: int, vocabulary: int, share: float = 0.15
) -> tuple[Tensor, Tensor]:
    """Return words (B, T) with some of them hidden, and where: (B, T) bool, True where to guess.

    Each position that `may` (B, T) bool be asked for is chosen with probability `share`. Of the
    chosen 80 % become the number `mask`, 10 % any number below `vocabulary`, and 10 % stay as they
    are. Devlin et al. 2019, section 3.1. Shown in: 06_transformer/04_bert.
    """
    chosen = (torch.rand(words.shape, device=words.device) < share) & may
    fate = torch.rand(words.shape, device=words.device)
    hidden = words.masked_fill(chosen & (fate < 0.8), mask)
    random = torch.randint(vocabulary, words.shape, device=words.device)
    return torch.where(chosen & (fate >= 0.9), random, hidden), chosen
