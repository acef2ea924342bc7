"""Sentences about films, written by a small grammar of this course, each with its exact verdict.

No real reviews come with a package that works offline, so these are made: a verdict is drawn first
and the words after it, with negation ("hardly dull"), emphasis, a second verdict and a contrast
("slow but not bad"). The last verdict of a sentence is its label. Card: `data.card("sentiment")`.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dlcourse.text import PAD, Vocabulary

POSITIVE = [
    "good", "great", "lovely", "funny", "clever", "moving",
    "fresh", "warm", "charming", "gripping", "bright", "honest",
]  # fmt: skip
NEGATIVE = [
    "bad", "dull", "boring", "weak", "silly", "slow",
    "flat", "empty", "clumsy", "tired", "noisy", "cold",
]  # fmt: skip
NEGATORS = (
    "not", "never", "hardly", "far from",
    "not very", "not really", "anything but", "not at all",
)  # fmt: skip
EMPHASIS = ("", "", "very", "really", "so", "quite", "truly", "rather")
NOUNS = [
    "film", "story", "acting", "music", "ending", "plot",
    "cast", "dialogue", "script", "opening", "camera", "editing",
]  # fmt: skip
VERBS = ["was", "is", "felt", "seemed", "looked"]
OPENERS = (
    "",
    "",
    "",
    "i saw it last night :",
    "my sister and i agree :",
    "honestly ,",
    "for once ,",
)
OPENERS += ("after two long hours :", "we went on monday and", "here is my review :")
CLOSINGS = ("", "", "", "in my opinion", "from start to end", "for a sunday", "if you ask me")
CLOSINGS += ("as far as i can tell", "and it rained outside", "at the small cinema in town")

_PHRASES = [*POSITIVE, *NEGATIVE, *NEGATORS, *EMPHASIS, *NOUNS, *VERBS, *OPENERS, *CLOSINGS]
_PHRASES += ["the and but although ."]
VOCABULARY = Vocabulary.of(_PHRASES, special=1)
LENGTH = 25  # no sentence of the grammar is longer


@dataclass(frozen=True)
class Sentences:
    """Sentences as word numbers, and what the grammar knows of each."""

    words: Tensor  # (B, LENGTH) int64 numbers of VOCABULARY, PAD after the end
    labels: Tensor  # (B,) int64: 1 the writer liked it, 0 not
    negated: Tensor  # (B,) bool: a verdict of the sentence is turned round by a negator
    contrast: Tensor  # (B,) bool: two verdicts that disagree, joined by "but"

    def __len__(self) -> int:
        return len(self.labels)

    def texts(self) -> list[str]:
        """Return the sentences as strings."""
        return [VOCABULARY.decode(row) for row in self.words]


def write(n: int, seed: int = 0, *, held_out: bool = False) -> Sentences:
    """Write n sentences; equal seeds give equal ones.

    A quarter of the pairs of a negator and an adjective ("hardly clever") is never written unless
    `held_out`, and then no other is: a model that is right on these has not merely remembered
    pairs.

    Shown in: 03_cnn/08_beyond_photographs.
    """
    random = np.random.default_rng([seed, held_out])
    label = random.integers(0, 2, n)
    joint = random.choice(3, n, p=[0.4, 0.35, 0.25])  # one verdict; two with "and"; two with "but"
    adjective = random.integers(0, len(POSITIVE), n)
    other = (adjective + random.integers(1, len(POSITIVE), n)) % len(POSITIVE)
    first, turned_first = _verdict(label ^ (joint == 2), adjective, random, held_out)
    last, turned_last = _verdict(label, other, random, held_out)
    two = joint > 0
    join = _table(["", "and", "but"], 1)[joint]
    parts = [_pick(OPENERS, n, random), _pick(["the"], n, random), _pick(NOUNS, n, random)]
    parts += [_pick(VERBS, n, random), first * two[:, None], join, last]
    parts += [_pick(CLOSINGS, n, random), _pick(["."], n, random)]
    words = _close_up(np.hstack(parts))
    negated = (turned_first & two) | turned_last
    return Sentences(*map(torch.from_numpy, (words, label, negated, joint == 2)))


def _verdict(verdict, adjective, random, held_out: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return words (n, 4) that say the verdicts (n,), and (n,) whether they do so by negation."""
    n = len(verdict)
    turned = random.random(n) < 0.3
    negator = (4 * random.integers(0, len(NEGATORS) // 4, n) - adjective) % len(NEGATORS)
    if not held_out:
        negator = (negator + random.integers(1, 4, n)) % len(NEGATORS)
    bare = _pick(EMPHASIS, n, random, width=3)
    before = np.where(turned[:, None], _table(NEGATORS, 3)[negator], bare)
    adjectives = _table([*NEGATIVE, *POSITIVE], 1)
    return np.hstack([before, adjectives[adjective + len(NEGATIVE) * (verdict ^ turned)]]), turned


def _pick(phrases, n: int, random, width: int | None = None) -> np.ndarray:
    width = width or max(len(phrase.split()) for phrase in phrases)
    return _table(phrases, width)[random.integers(0, len(phrases), n)]


def _table(phrases, width: int) -> np.ndarray:
    return VOCABULARY.encode(phrases, width).numpy()


def _close_up(words: np.ndarray) -> np.ndarray:
    """Move the padding of each row to its end, and cut the rows to LENGTH."""
    order = np.argsort(words == PAD, axis=1, kind="stable")
    words = np.take_along_axis(words, order, axis=1)
    return np.pad(words, [(0, 0), (0, max(0, LENGTH - words.shape[1]))])[:, :LENGTH]
