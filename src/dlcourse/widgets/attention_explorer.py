"""Choose a token and see where it looks, head by head and layer by layer."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import traitlets
from matplotlib.collections import LineCollection

from dlcourse import plot
from dlcourse.runtime import CourseError
from dlcourse.widgets.base import CourseWidget, asset

MEAN = -1  # in the place of a head: the mean of all
FAINT = 0.03  # weights below leave no line


class AttentionExplorer(CourseWidget):
    """Show tokens that look beside tokens looked at, with lines as strong as the attention weights.

    `tokens` are T strings, `columns` the S strings they look at, the same ones if None; `weights`
    is (L, h, T, S), or a list of L layers (h, T, S), rows that add up to 1, or to 0 where all is
    masked. `names` says what the picture of a build writes for a token that its font may lack: a
    mapping from token to name, or the names of `tokens` and then of `columns`; without it such a
    token is `#3`, its place. `explorer.layer`, `.head` (-1: the mean of all) and `.token` count
    from 0. Raises CourseError for weights of another kind. Shown in: 06_transformer/02_attention.

    >>> AttentionExplorer(["I", "see"], [[[[1.0, 0.0], [0.25, 0.75]]]])
    AttentionExplorer(2 tokens look at 2, 1 layer, 1 head)
    """

    _esm = asset("attention_explorer.js")
    _css = asset("attention_explorer.css")
    hint = "Run this cell, then point at a token, or choose one with the arrow keys."
    tokens = traitlets.List().tag(sync=True)
    columns = traitlets.List().tag(sync=True)
    layers = traitlets.Int().tag(sync=True)
    heads = traitlets.Int().tag(sync=True)
    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)
    token = traitlets.Int(0).tag(sync=True)
    shades = traitlets.Bytes().tag(sync=True)  # (T, S) float32 of the layer and head shown

    def __init__(
        self,
        tokens: Sequence[str],
        weights,
        columns: Sequence[str] | None = None,
        *,
        names: Mapping[str, str] | Sequence[str] = (),
        layer: int = 0,
        head: int = 0,
        token: int = 0,
    ) -> None:
        tokens = [str(token) for token in tokens]
        columns = tokens if columns is None else [str(column) for column in columns]
        self._weights = _checked(weights, len(tokens), len(columns))
        pairs = () if isinstance(names, Mapping) else zip([*tokens, *columns], names)
        self._names = dict(names) if isinstance(names, Mapping) else dict(pairs)
        layers, heads = self._weights.shape[:2]
        super().__init__(
            tokens=tokens,
            columns=columns,
            layers=layers,
            heads=heads,
            layer=layer,
            head=head,
            token=token,
        )

    def shown(self) -> np.ndarray:
        """Return the weights (T, S) of the layer and head shown.

        Raises CourseError if there are none.
        """
        for name, low, count in (
            ("layer", 0, self.layers),
            ("head", MEAN, self.heads),
            ("token", 0, len(self.tokens)),
        ):
            if not low <= getattr(self, name) < count:
                raise CourseError(f"{name}={getattr(self, name)}: want {low} to {count - 1}")
        weights = self._weights[self.layer]
        return weights.mean(0) if self.head == MEAN else weights[self.head]

    def update(self) -> None:
        """Bring the weights of the layer and head into `shades`, and the token's into words."""
        shown = self.shown()
        self.shades = shown.astype("<f4").tobytes()
        row = shown[self.token]
        best = [i for i in (-row).argsort(kind="stable")[:3] if row[i] >= 0.01]
        seen = ", ".join(f"{self.columns[i]} ({row[i]:.0%})" for i in best)
        head = "mean of all heads" if self.head == MEAN else f"head {self.head}"
        where = f"looks at {seen}" if seen else "may look nowhere: all is masked"
        self.status = f"Layer {self.layer}, {head}: {self.tokens[self.token]} {where}."
        self.alt = (
            f"{len(self.tokens)} tokens, lines from each to those of {len(self.columns)} tokens "
            "that it "
            f"looks at. {self.status}"
        )

    def picture(self) -> bytes:
        """Draw the lines of all tokens, the chosen one's in colour, beside the matrix."""
        shown, T, S = self.shown(), len(self.tokens), len(self.columns)
        rows, columns = self._written(self.tokens), self._written(self.columns)
        size = min(11.0, 11 * 24 / max(T, S))
        figure, [[lines, matrix]] = plot.new(
            1, 2, width=8.4, height=min(7.0, 1.6 + 0.28 * max(T, S))
        )
        for t in (*(t for t in range(T) if t != self.token), self.token):  # the chosen one on top
            to = np.flatnonzero(shown[t] >= FAINT)
            lines.add_collection(
                LineCollection(
                    [[(0, t), (1, s)] for s in to.tolist()],
                    linewidths=0.5 + 4.5 * shown[t, to],
                    colors=plot.PALETTE["blue"] if t == self.token else "#C8C8C8",
                )
            )
        for t, name in enumerate(rows):
            weight = "bold" if t == self.token else "normal"
            lines.text(-0.05, t, name, ha="right", va="center", size=size, weight=weight)
        for s, name in enumerate(columns):
            lines.text(1.05, s, name, ha="left", va="center", size=size)
        lines.set(xlim=(-0.7, 1.7), ylim=(max(T, S) - 0.5, -0.5))
        lines.set_axis_off()
        matrix.imshow(shown, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        matrix.set_xticks(range(S), columns, size=size, rotation=90 if S > 6 else 0)
        matrix.set_yticks(range(T), rows, size=size)
        matrix.grid(False)
        head = "mean of all heads" if self.head == MEAN else f"head {self.head}"
        lines.set_title(f"layer {self.layer}, {head}")
        matrix.set_title("a row looks, a column is seen")
        return plot.encode(figure)

    def _written(self, tokens: list[str]) -> list[str]:
        """Return tokens as a font without Chinese can write them."""
        written = [self._names.get(token, token) for token in tokens]
        return [
            name if all(ord(character) < 0x2E80 for character in name) else f"#{place}"
            for place, name in enumerate(written)
        ]

    def __repr__(self) -> str:
        return (
            f"AttentionExplorer({len(self.tokens)} tokens look at {len(self.columns)}, "
            f"{_count(self.layers, 'layer')}, {_count(self.heads, 'head')})"
        )


def _checked(weights, T: int, S: int) -> np.ndarray:
    """Return weights as an array (L, h, T, S); raise CourseError for any others."""
    try:
        layers = [torch.as_tensor(layer).detach().cpu().double().numpy() for layer in weights]
        weights = np.stack(layers)
    except (TypeError, ValueError) as error:
        raise CourseError(f"weights: want (layers, heads, {T}, {S}); {error}") from None
    if weights.ndim != 4 or weights.shape[2:] != (T, S) or 0 in weights.shape:
        raise CourseError(
            f"weights: want (layers, heads, {T}, {S}) for these tokens, got {weights.shape}"
        )
    total = weights.sum(-1)
    if weights.min() < 0 or not (np.isclose(total, 1, atol=1e-2) | (total == 0)).all():
        raise CourseError(
            "weights: want rows that add up to 1, or to 0 where all is masked (softmax of the "
            "scores); "
            f"they add up to between {total.min():.3g} and {total.max():.3g}"
        )
    return weights


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
