"""Hide a word of a sentence and see what a masked language model would put there."""

import re
from collections.abc import Callable, Sequence

import traitlets

from dlcourse import plot
from dlcourse.runtime import CourseError
from dlcourse.widgets.base import CourseWidget, asset

GAP = re.compile(r"_{2,}|\[mask\]", re.IGNORECASE)
LONGEST = 400  # characters of a sentence
SHOWN = 8  # guesses


class MaskedGuesser(CourseWidget):
    """Show a line to write a sentence in, `___` or `[MASK]` for a word, and the guesses as bars.

    `guess` takes the text with each gap written `[MASK]` and returns (word, probability) pairs for
    the first gap, likeliest first. `text` is the sentence at the start, `examples` others to click
    on. Raises CourseError when `guess` returns anything else.
    """

    _esm = asset("masked_guesser.js")
    _css = asset("masked_guesser.css")
    hint = "Run this cell, then hide a word of your own sentence."
    text = traitlets.Unicode().tag(sync=True)
    examples = traitlets.List().tag(sync=True)
    words = traitlets.List().tag(sync=True)
    probabilities = traitlets.List().tag(sync=True)

    def __init__(
        self,
        guess: Callable[[str], Sequence[tuple[str, float]]],
        text: str,
        examples: Sequence[str] = (),
    ) -> None:
        self._guess = guess
        super().__init__(text=text, examples=list(examples))

    def update(self) -> None:
        """Ask for the first gap of the text, and keep the likeliest words."""
        text = " ".join(GAP.sub(" [MASK] ", self.text[:LONGEST]).split())
        if "[MASK]" not in text:
            self.words, self.probabilities = [], []
            self.alt = self.status = "No word is hidden. Write ___ in place of one."
            return
        found = list(self._guess(text))[:SHOWN]
        right = found and all(
            len(p) == 2 and isinstance(p[0], str) and 0 <= p[1] <= 1 for p in found
        )
        if not right or sum(p for _, p in found) > 1.001:
            raise CourseError(
                "guess must return pairs (word, probability), the probabilities at most 1 "
                "together; "
                f"got {found[:2]}"
            )
        self.words, self.probabilities = [word for word, _ in found], [float(p) for _, p in found]
        first, *others = (f"“{word}” ({p:.0%})" for word, p in found[:3])
        self.status = f"It would write {', then '.join([first, *others])}."
        if text.count("[MASK]") > 1:
            self.status += " That is for the first gap; the others stay hidden from it."
        self.alt = f"The sentence “{text}” above bars of probability. {self.status}"

    def picture(self) -> bytes:
        """Draw the sentence above its bars."""
        figure, [[axes]] = plot.new(1, 1, width=6.6, height=0.9 + 0.3 * max(2, len(self.words)))
        colours = [plot.PALETTE["blue"], *[plot.PALETTE["sky"]] * SHOWN]
        bars = axes.barh(
            range(len(self.words)), self.probabilities, color=colours[: len(self.words)]
        )
        axes.bar_label(bars, [f"{100 * p:.1f} %" for p in self.probabilities], padding=3)
        axes.set(xlim=(0, 1), yticks=range(len(self.words)), yticklabels=self.words)
        axes.set_xlabel("probability")
        axes.invert_yaxis()
        shown = GAP.sub("___", self.text)
        figure.suptitle(shown if len(shown) < 70 else f"{shown[:67]}...", fontsize=12)
        return plot.encode(figure)

    def __repr__(self) -> str:
        return "MaskedGuesser(hide a word of your own sentence, read the guesses)"
