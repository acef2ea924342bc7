"""Real English that every Python carries: its own manual, and the docstrings of its library.

The text differs a little from one version of Python to the next. Which side of the split a sentence
is on depends on its words alone, so it is the same in all versions. Card: `data.card("manual")`.
"""

import ast
import hashlib
import re
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from dlcourse.text.wordpieces import TYPED

# A block with one of these is a program, a grammar, a table or a heading, and not prose.
NOT_PROSE = re.compile(r"::=|>>>|^\s*[+|]|[=*~-]{4,}|^\s*\.\.\.", re.MULTILINE)
BULLET = re.compile(r"^(?:[*-]|\d+\.|\[\d+\]|\(\d+\))\s+")
VERSION = re.compile(r"^(?:New|Changed|Added|Deprecated)(?: since| in)? version [\d.]+\S*:? ?")
SENTENCE_END = re.compile(r"(?<=[.!?:])\s+(?=[A-Z(])")
WORDS = (5, 45)  # how short and how long a sentence may be
# Folders of the library.
SKIPPED = {"test", "tests", "idlelib", "lib2to3", "turtledemo", "pydoc_data"}
SKIPPED |= {"site-packages", "dist-packages", "ensurepip", "__pycache__"}


class Sentence(NamedTuple):
    """One sentence, and the topic of the manual (or the module of the library) that it is from."""

    text: str
    topic: str


def load_manual(seed: int = 0, *, share: float = 0.125) -> tuple[list[Sentence], list[Sentence]]:
    """Return the manual's sentences to train on, and a `share` of them held out, each in order.

    It is what `help("strings")` and its like print: about 2,200 sentences of the language
    reference. No sentence occurs twice, and none is on both sides: its words and `seed` decide.
    Works offline; other versions of Python have other sentences. Card: `data.card("manual")`. Shown
    in: 06_transformer/04_bert.
    """
    from pydoc_data.topics import topics

    found = _unique((text, topic) for topic in sorted(topics) for text in sentences(topics[topic]))
    return split_by_words(found, seed, share)


def load_docstrings(
    seed: int = 0, *, share: float = 0.125
) -> tuple[list[Sentence], list[Sentence]]:
    """Return the sentences in the docstrings of Python's library, in the form of `load_manual`.

    About 12,000 of them; reading 600 files takes some ten seconds. A sentence that the manual has
    too is on the same side of the split. Card: `data.card("manual")`. Shown in:
    06_transformer/04_bert.
    """
    return split_by_words(_unique(_docstrings()), seed, share)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text whose paragraphs empty lines part; programs are left out.

    Marks of emphasis and of literals go, curly quotes become straight. What does not begin with a
    capital, end as a sentence does, have 5 to 45 words, and consist of letters mostly, is left out.

    >>> list(sentences("   >>> 1 + 1\\n\\nThe *sum* of two\\nnumbers is a number. See there."))
    ['The sum of two numbers is a number.']
    """
    for block in re.split(r"\n\s*\n", text):
        if NOT_PROSE.search(block):
            continue
        line = BULLET.sub("", " ".join(block.split()))
        line = re.sub(r"\s*\[\d+\]|[\"*`“”]", "", line).translate(str.maketrans(TYPED))
        for sentence in SENTENCE_END.split(VERSION.sub("", line)):
            letters = sum(map(str.isalpha, sentence))
            if (
                sentence[:1].isupper()
                and sentence[-1] in ".!?:"
                and WORDS[0] <= len(sentence.split()) <= WORDS[1]
                and letters > 0.7 * len(sentence)
            ):
                yield sentence


def split_by_words(
    found: list[Sentence], seed: int, share: float
) -> tuple[list[Sentence], list[Sentence]]:
    """Part sentences in two by a hash of their letters: a sentence is always on the same side."""
    sides = ([], [])
    for sentence in found:
        digest = hashlib.sha256(f"{seed} {_letters(sentence.text)}".encode()).digest()
        sides[int.from_bytes(digest[:4], "big") < share * 2**32].append(sentence)
    return sides


def _letters(text: str) -> str:
    return " ".join(re.findall(r"[a-z]+", text.lower()))


def _unique(found: Iterable[tuple[str, str]]) -> list[Sentence]:
    kept = {}
    for text, topic in found:
        kept.setdefault(_letters(text), Sentence(text, topic))
    return list(kept.values())


def _docstrings() -> Iterator[tuple[str, str]]:
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.rglob("*.py")):
        folders = path.relative_to(library).parts[:-1]
        if SKIPPED.intersection(folders):
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError, OSError):
            continue  # a template, or not ours to read
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                for text in sentences(ast.get_docstring(node) or ""):
                    yield text, path.stem
