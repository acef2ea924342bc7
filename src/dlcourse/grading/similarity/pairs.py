"""Likely copies in a class: pairs whose answers share what hardly anybody else wrote.

Each part is compared by itself. What was released, what the reference solution says and what many
share carries no weight. How alike two answers are is then a rank among all pairs of the class: `e`
is the negative logarithm of the share of pairs that are at least so alike in this part. The sum of
several parts' ranks is compared with what it would be if the parts knew nothing of each other. So
the class itself says what is usual, and one part alone, however alike, never makes a pair.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array
from scipy.stats import rankdata

from dlcourse.grading.similarity.passages import Answer

CHANCE = 0.2  # a pair is likely if so few, or fewer, are expected by chance in the whole class
COMMON, FEW = 0.1, 4  # what this share of the class, and at least so many, have has no weight
WORTH_SHOWING = 0.1  # of the lighter answer's weight
USUAL = 2.0  # of `e`: what one pair of seven reaches in a part says nothing
STEP = 0.05  # in which sums of `e` are counted


@dataclass
class PartAnswers:
    """All answers to one part."""

    name: str
    code: bool  # else prose
    answers: dict[str, Answer] = field(default_factory=dict)  # by student
    known: set[int] = field(default_factory=set)  # features of the stub and of the reference
    weights: dict[int, float] = field(default_factory=dict)  # of features that few have
    # (pairs,) how unusual it is to be so alike
    e: np.ndarray = field(default_factory=lambda: np.empty(0))
    share: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))


@dataclass
class Class:
    """What was handed in, and what could not be compared."""

    students: list[str]
    parts: list[PartAnswers]
    notes: list[tuple[str, str]]  # student, why something was not compared as it should be


@dataclass(frozen=True)
class Pair:
    """Two students who are more alike than chance explains."""

    one: str
    other: str
    chance: float  # how many such pairs are to be expected in a class of strangers
    shares: dict[str, float]  # by part in which they are unusually alike: 0 to 1


def weigh(part: PartAnswers, size: int) -> None:
    """Give each feature that answers share its weight: the rarer in such a class, the more."""
    count = Counter(f for answer in part.answers.values() for f in answer.features)
    common = max(COMMON * size, FEW)
    part.weights = {
        feature: float(np.log(common / max(number, 2)))
        for feature, number in count.items()
        if number < common and feature not in part.known
    }


def compare(part: PartAnswers, students: list[str]) -> None:
    """Fill in how alike every two students are in a part, and how unusual that is."""
    answers = [part.answers.get(student) for student in students]
    bags = [answer.features & part.weights.keys() if answer else () for answer in answers]
    column = {feature: number for number, feature in enumerate(part.weights)}
    index = [column[feature] for bag in bags for feature in bag]
    rows = np.cumsum([0, *map(len, bags)])
    weights = np.array([part.weights[feature] for feature in column])
    has = csr_array((np.ones(len(index)), index, rows), shape=(len(students), len(column)))
    shared = ((has * weights) @ has.T).toarray()
    own = shared.diagonal()
    either = own[:, None] + own - shared
    part.share = shared / np.maximum(np.minimum(own[:, None], own), 1e-9)
    # The rare material they share, times its part of all that they have.
    alike = (shared**2 / np.maximum(either, 1e-9))[np.triu_indices(len(students), 1)]
    part.e = -np.log(rankdata(-alike.round(9), method="max") / len(alike))


def find_pairs(found: Class) -> list[Pair]:
    """Return the likely pairs, the least likely to be chance first."""
    one, other = np.triu_indices(len(found.students), 1)
    # In a class of three to ten no pair could be unusual enough in any part.
    usual = min(USUAL, np.log(len(one)) / 2)
    total, null = np.zeros(len(one), int), np.ones(1)
    for part in found.parts:
        weigh(part, len(found.students))
        compare(part, found.students)
        steps = np.round(np.maximum(0, part.e - usual) / STEP).astype(int)
        total += steps
        null = np.convolve(null, np.bincount(steps) / len(steps))
    chances = len(one) * np.cumsum(null[::-1])[::-1][total]
    pairs = [
        Pair(
            found.students[one[at]],
            found.students[other[at]],
            float(chances[at]),
            {
                part.name: float(part.share[one[at], other[at]])
                for part in found.parts
                if part.e[at] > usual and part.share[one[at], other[at]] >= WORTH_SHOWING
            },
        )
        for at in np.flatnonzero(chances <= CHANCE)
    ]
    return sorted(pairs, key=lambda pair: (pair.chance, pair.one, pair.other))
