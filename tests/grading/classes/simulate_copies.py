"""A simulated class with planted copies, and how many of them `dlcourse similarity` finds.

What it is: nobody's real work. An honest student draws an answer to each part from the reference,
the right answers and the misconceptions in tests/assignments (some are drawn often, some by two or
three), or hands in the reference nearly as it is, and writes it down by habits of their own
(restyle.py). Texts come from a small grammar. A planted copy starts from another student's answers,
to all parts or to every other one, and disguises them. So the figures say that the method works
where honest answers vary as much as these; real classes have friends who think alike, answers from
the web and disguises that nobody thought of.
"""

import argparse
import ast
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import restyle
from simulate_class import Assignment

from dlcourse.authoring.answers import parts, written
from dlcourse.grading.similarity.compare import read_class
from dlcourse.grading.similarity.pairs import Pair, find_pairs
from dlcourse.homework import sheet

DISGUISES = ("as it is", "renamed", "reordered", "reformatted", "split", "loops", "mixed")
SLOTS = (
    "The answer is that|I think|As the lesson says,|In short,|First of all|If one computes it,"
    "|Here|So",
    "the mask|a gate|every window|the denominator|the first number|the curve|each head|the average",
    "loses|keeps|hides|counts|divides|repeats|needs|changes|forgets",
    "one pixel on each side|the score of the future|all of the channels|half of the alarms"
    "|its own weight|what stands behind it|the largest value|nothing at all|the sum that is left"
    "|0.76 of them",
    "because|so|although|unless|while|and therefore",
    "the rule is the same in every layer|nobody looks at it|the model learns it|a threshold decides"
    "|it is multiplied afterwards|a doctor would see it|it depends on the data"
    "|eight of them are enough",
)


@dataclass
class Class:
    """The notebooks of a class, and who copied from whom and how: {(one, other): disguise}."""

    notebooks: dict[str, nbformat.NotebookNode]
    planted: dict[tuple[str, str], str]


class Author:
    """Writes honest answers in one student's habits."""

    def __init__(self, draw: random.Random):
        self.draw, self.habits = draw, restyle.draw_habits(draw)
        self.splits, self.names = draw.choice((0, 0, 0.3)), draw.choice((0, 0.5, 1))

    def answer(self, bank: list[str], keep: set[str]) -> str:
        """Write an answer to a part; the first of the bank is the reference."""
        if self.draw.random() < 0.15:  # what the hints lead to
            tree = ast.parse(bank[0])
        else:
            # Zipf's law: a misconception that three of ten have, others that one of a hundred has.
            weights = [1 / rank for rank in range(1, len(bank) + 1)]
            tree = ast.parse(self.draw.choices(bank, weights)[0])
            restyle.Restyle(self.habits, self.draw).visit(tree)
            for change in (restyle.extract, restyle.inline):
                for _ in range(self.draw.choice((0, 1, 1, 2))):
                    change(tree, self.draw)
            if self.draw.random() < self.splits:
                restyle.split(tree, self.draw)
        if self.draw.random() < self.names:
            restyle.rename(tree, self.draw, keep)
        return restyle.decorate(tree, self.draw)

    def text(self) -> str:
        """Write a few sentences."""
        return " ".join(
            " ".join(self.draw.choice(slot.split("|")) for slot in SLOTS) + "."
            for _ in range(self.draw.randint(2, 5))
        )


def disguise(source: str, kind: str, draw: random.Random, keep: set[str]) -> str:
    """Return another student's answer as a copyist hands it in."""
    if kind == "as it is":
        return source
    tree = ast.parse(source)
    kinds = draw.sample(DISGUISES[1:6], 3) if kind == "mixed" else [kind]
    for each in kinds:
        if each == "reordered":
            restyle.reorder(tree, draw)
            draw.shuffle(tree.body)
        elif each == "split":
            restyle.split(tree, draw)
            restyle.split(tree, draw)
        elif each == "loops":
            restyle.unroll(tree, draw)
            restyle.extract(tree, draw)
            restyle.inline(tree, draw)
    if "renamed" in kinds or kind == "mixed":
        restyle.rename(tree, draw, keep)
    return (
        restyle.decorate(tree, draw)
        if "reformatted" in kinds
        else ast.unparse(ast.fix_missing_locations(tree))
    )


def disguise_text(text: str, draw: random.Random) -> str:
    """Turn sentences round and change one word of ten."""
    sentences = text.split(". ")
    draw.shuffle(sentences)
    words = ". ".join(sentences).split()
    return " ".join(word if draw.random() > 0.1 else draw.choice(words) for word in words)


def make_class(root: Path, name: str, size: int, pairs: int, seed: int) -> Class:
    """Return a class of `size` students in which `pairs` of them copied from one other each."""
    draw, sheet = random.Random(f"{name} {seed}"), Assignment(root, name)
    banks = {part.name: _bank(part, draw) for part in parts(name).values()}
    keep = {
        part: {getattr(node, "name", "") for node in ast.parse(bank[0]).body}
        for part, bank in banks.items()
    }
    authors = [Author(random.Random(draw.random())) for _ in range(size)]
    answers = [
        {part: author.answer(banks[part], keep[part]) if part in banks else author.text()
         for part in sheet.right if author.draw.random() > 0.03}
        for author in authors
    ]  # fmt: skip
    names = [f"s{number:03}" for number in draw.sample(range(1000), size)]
    planted, chosen = {}, draw.sample(range(size), 2 * pairs)
    for number, (source, copyist) in enumerate(zip(chosen[::2], chosen[1::2])):
        kind = DISGUISES[number % len(DISGUISES)]
        whole = number % 4 > 0
        taken = list(answers[source])[:: 1 if whole else 2]
        for part in taken:
            text = answers[source][part]
            answers[copyist][part] = (
                disguise(text, kind, draw, keep[part])
                if part in banks
                else disguise_text(text, draw)
            )
        pair = tuple(sorted((names[source], names[copyist])))
        planted[pair] = f"{kind}, {'all' if whole else 'half'} of the parts"
    return Class({n: sheet.submission(a) for n, a in zip(names, answers)}, planted)


def _bank(part, draw: random.Random) -> list[str]:
    others = [answer.source for answer in written(part)]
    draw.shuffle(others)
    return [
        "\n".join(line for line in part.answer.splitlines() if " SOLUTION" not in line),
        *others,
    ]


def write(made: Class, name: str, folder: Path) -> None:
    """Write what the class handed in as `nbgrader collect` would."""
    for student, notebook in made.notebooks.items():
        path = folder / student / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)


@dataclass(frozen=True)
class Outcome:
    """What was reported of a class, and what should have been."""

    found: list[Pair]
    planted: dict[tuple[str, str], str]
    students: int
    seconds: float

    @property
    def missed(self) -> list[str]:
        """How the copies are disguised that were not found."""
        return [how for pair, how in self.planted.items() if pair not in self._named]

    @property
    def recall(self) -> float:
        """The share of the planted pairs that is reported."""
        return 1 - len(self.missed) / len(self.planted)

    @property
    def false(self) -> float:
        """The share of the reported pairs that nobody planted."""
        return len(self._named - self.planted.keys()) / max(1, len(self._named))

    @property
    def _named(self) -> set[tuple[str, str]]:
        return {(pair.one, pair.other) for pair in self.found}

    def __str__(self) -> str:
        extra = len(self._named - self.planted.keys())
        possible = self.students * (self.students - 1) // 2 - len(self.planted)
        missed = f"; missed: {'; '.join(self.missed)}" if self.missed else ""
        return (
            f"{self.students} students, {len(self.planted)} copies: recall {self.recall:.1%}, "
            f"false {extra} of {len(self.found)} reported ({self.false:.1%}) and of {possible:,} "
            f"possible pairs; {self.seconds:.1f} s of CPU{missed}"
        )


def measure(root: Path, name: str, size: int, pairs: int, seed: int, folder: Path) -> Outcome:
    """Make a class in an empty folder and look for its copies."""
    made = make_class(root, name, size, pairs, seed)
    write(made, name, folder)
    released, source = (
        sheet.read(root / kind / name / f"{name}.ipynb") for kind in ("assignments", "solutions")
    )
    begun = time.process_time()
    folders = {student: folder / student / name for student in sorted(made.notebooks)}
    found = find_pairs(read_class(folders, released, source, name))
    return Outcome(found, made.planted, size, time.process_time() - begun)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assignment", metavar="ASSIGNMENT", nargs="+", help="as in solutions/")
    parser.add_argument("--students", type=int, default=200, metavar="N")
    parser.add_argument("--copies", type=int, default=20, metavar="N", help="planted pairs")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="classes")
    parser.add_argument("--first", type=int, default=40, metavar="N", help="first seed (40)")
    arguments = parser.parse_args()
    for name in arguments.assignment:
        for seed in range(arguments.first, arguments.first + arguments.seeds):
            with tempfile.TemporaryDirectory() as folder:
                sizes = arguments.students, arguments.copies
                print(name, f"seed {seed}:", measure(Path(), name, *sizes, seed, Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
