"""The Vision Transformer (Dosovitskiy et al. 2021): a picture as a sentence of patches."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dlcourse.models import published
from dlcourse.models.transformer.transformer import EncoderBlock
from dlcourse.runtime import CourseError

# From the names of the published files to ours; EncoderBlock has one name for each of its parts.
TABLE: published.Table = [
    (r"^vit\.embeddings\.cls_token$", "class_token"),
    (r"^vit\.embeddings\.position_embeddings$", "positions"),
    (r"^vit\.embeddings\.patch_embeddings\.projection\.", "patches."),
    (r"^vit\.layernorm\.", "norm."),
    (r"^vit\.encoder\.layer\.", "blocks."),
    (r"\.attention\.attention\.", ".attention."),
    (r"\.attention\.output\.dense\.", ".attention.output."),
    (r"\.layernorm_before\.", ".attention_norm."),
    (r"\.layernorm_after\.", ".feed_norm."),
    (r"\.intermediate\.dense\.", ".up."),
    (r"^(blocks\.\d+)\.output\.dense\.", r"\1.down."),
]


@dataclass(frozen=True)
class ViTConfig:
    """What a ViT is made of; `ViTConfig.published(name)` for those of the paper's table 1."""

    size: int = 224  # of the picture, pixels: a multiple of `patch`
    patch: int = 16  # side of a patch, pixels
    channels: int = 3  # of the picture
    D: int = 768  # numbers a token
    layers: int = 12  # encoder blocks
    h: int = 12  # heads of each attention
    F: int = 3072  # inner width of the feed-forward nets
    classes: int = 1000
    dropout: float = 0.0
    eps: float = 1e-12  # of the layer norms, as in the published weights

    @classmethod
    def published(cls, name: str) -> "ViTConfig":
        """Return a published configuration; raises CourseError for a name that is not there."""
        return cls(**published.choose("ViT", name, PUBLISHED))


LARGE = {"D": 1024, "layers": 24, "h": 16, "F": 4096}
PUBLISHED = {
    "vit-base-patch16-224": {},
    "vit-base-patch16-384": {"size": 384},
    "vit-base-patch32-384": {"size": 384, "patch": 32},
    "vit-large-patch16-224": LARGE,
    "vit-large-patch16-384": LARGE | {"size": 384},
    "vit-large-patch32-384": LARGE | {"size": 384, "patch": 32},
}  # fmt: skip


class ViT(nn.Module):
    """Classify pictures (B, C, H, W), logits (B, classes): patches, a class token, blocks.

    The N patches become tokens, by one matrix for all; a learned class token goes before them,
    learned positions are added to all N + 1, and after the blocks the class token is asked for the
    class. Pictures are as large as the config says, else CourseError. Dosovitskiy et al. 2021,
    equations 1-4. Shown in: 06_transformer/06_transformers_that_see.
    """

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        if config.size % config.patch:
            raise CourseError(
                f"a picture of {config.size} pixels has no whole number of patches of "
                f"{config.patch}"
            )
        self.config = config
        D, N = config.D, (config.size // config.patch) ** 2
        # A convolution whose stride is its size: every patch times the same matrix (C P P, D).
        self.patches = nn.Conv2d(config.channels, D, config.patch, stride=config.patch)
        self.class_token = nn.Parameter(torch.zeros(1, 1, D))
        self.positions = nn.Parameter(0.02 * torch.randn(1, N + 1, D))
        self.dropout = nn.Dropout(config.dropout)
        options = {"norm": "pre", "dropout": config.dropout, "eps": config.eps}
        self.blocks = nn.ModuleList(
            EncoderBlock(D, config.h, config.F, **options) for _ in range(config.layers)
        )
        self.norm = nn.LayerNorm(D, config.eps)
        self.classifier = nn.Linear(D, config.classes)

    def embed(self, images: Tensor) -> Tensor:
        """Return tokens (B, N + 1, D) of pictures before the first block, the class token first."""
        want = (self.config.channels, self.config.size, self.config.size)
        if tuple(images.shape[1:]) != want:
            raise CourseError(f"pictures of shape {tuple(images.shape[1:])}: this ViT takes {want}")
        x = self.patches(images).flatten(2).transpose(1, 2)  # (B, N, D), row by row
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x], dim=1)
        return self.dropout(x + self.positions)

    def encode(
        self, images: Tensor, *, need_weights: bool = False
    ) -> tuple[Tensor, list[Tensor | None]]:
        """Return the tokens (B, N + 1, D) after the blocks, normalised, and each block's weights.

        The weights are (B, h, N + 1, N + 1), or None unless `need_weights`.
        """
        x, weights = self.embed(images), []
        for block in self.blocks:
            x, seen = block(x, need_weights=need_weights)
            weights.append(seen)
        return self.norm(x), weights

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.encode(images)[0][:, 0])

    def load_published(self, state_dict: Mapping[str, Tensor]) -> None:
        """Copy weights named as in the published files, as `vit.encoder.layer.0...`.

        Nothing may be missing or left over, else CourseError; the pooler, which only a ViT without
        a classifier uses, is ignored.
        """
        published.load(self, state_dict, TABLE, ignored=[r"^vit\.pooler\."])
