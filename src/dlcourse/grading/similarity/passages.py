"""An answer in passages: what each is made of, and where it stands, for a report to mark it."""

import itertools
import re
from dataclasses import dataclass
from functools import cached_property

from dlcourse.grading.similarity import syntax

DEPTH = 4  # to which trees are looked at when they are combined
MOST = 40  # trees that are combined with one another
WORDS = 4  # in a run of words
TELLING = 8  # characters: a shorter line says nothing about where it comes from
SENTENCE = re.compile(r"[^\n]*?(?:[.!?:;](?=\s)|[。！？；]|\n|$)\s*")
WORD = re.compile(r"[\u3040-\u9fff]|[^\W\u3040-\u9fff]+")  # a Chinese character is a word


@dataclass(frozen=True)
class Passage:
    """A stretch of an answer, from one unit to another, and what it is made of."""

    first: int
    last: int
    features: frozenset[int]


@dataclass(frozen=True)
class Answer:
    """A student's answer to one part: its units are lines of code, or sentences."""

    units: list[str]
    passages: list[Passage]
    whole: bool = True  # False if it does not parse: then statement by statement
    combined: frozenset[int] = frozenset()  # every two trees: what each is may be usual, both not

    @cached_property
    def features(self) -> frozenset[int]:
        """All that it is made of."""
        return self.combined.union(*(passage.features for passage in self.passages))


def read_code(source: str) -> Answer:
    """Read the trees of code, and its lines as they were typed; raise TooLarge."""
    trees, whole = syntax.read(source)
    lines = syntax.NEWLINE.split(source)
    passages = [Passage(t.line - 1, t.end - 1, frozenset(t.features())) for t in trees]
    for number, line in enumerate(map(str.strip, lines)):
        if len(line) >= TELLING:
            passages.append(Passage(number, number, frozenset([hash(line)])))
    shown = sorted({tree.show(DEPTH) for tree in trees})[:MOST]
    combined = frozenset(map(hash, itertools.combinations(shown, 2)))
    return Answer(lines, passages, whole, combined)


def read_text(text: str) -> Answer:
    """Read the runs of words of each sentence; raise TooLarge."""
    if len(text) > syntax.MAX_CHARS:
        raise syntax.TooLarge(f"{len(text):,} characters, more than {syntax.MAX_CHARS:,}")
    units = [found[0] for found in SENTENCE.finditer(text) if found[0]]
    passages = []
    for number, unit in enumerate(units):
        words = WORD.findall(unit.lower())
        runs = {" ".join(words[at : at + WORDS]) for at in range(max(1, len(words) - WORDS + 1))}
        passages.append(Passage(number, number, frozenset(map(hash, runs - {""}))))
    return Answer(units, passages)
