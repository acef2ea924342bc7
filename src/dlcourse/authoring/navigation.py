"""The way through the course: a lesson's place in it, what it needs, what comes next, its homework.

All of it is written into a lesson as it is built (`add`), and is in no source (`bare`).
"""

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from dlcourse.authoring import notebooks as nb

MARK = "<!-- navigation -->"
GENERATED = re.compile(rf"(?:\A|\n\n)[^\n]*{MARK}")
FACTS = re.compile(r"^\*(\d+) minutes to read · (.+?) to run.* · level (\d) of 5\*$", re.MULTILINE)
NEEDS = re.compile(r"\A---\n(?:.*\n)*?needs: \[(.*)\]\n(?:.*\n)*?---\n")
# What a check tells students to look up: its exercise is that lesson's homework.
LOOK = re.compile(r"exercise (\d+)(?:(?!exercise \d).)*?lesson (\d\d_\w+/\w+)", re.DOTALL)


@dataclass(frozen=True)
class Lesson:
    """What a lesson's source says of it, and which checks send students to it."""

    name: str  # 03_cnn/01_convolution
    title: str
    facts: tuple[str, str, str]  # minutes to read, time to run, level; as its second line says
    needs: list[str]  # names; `needs` in its front matter
    homework: dict[str, set[int]]  # the numbers of exercises, by assignment

    def link(self, folder: str = "../", text: str = "{} {}") -> str:
        """Return a link to the lesson, from inside a chapter unless another folder is given."""
        chapter, _, own = self.name.partition("/")
        text = text.format(f"{chapter[:2]}.{int(own[:2])}", self.title)
        return f"[{text}]({folder}{self.name}.ipynb)"

    def exercises(self, folder: str = "../../") -> str:
        """Return the lesson's homework, with a link to each assignment."""
        return "; ".join(
            f"exercise{'s' * (len(numbers) > 1)} {', '.join(map(str, sorted(numbers)))} of "
            f"[{sheet}]({folder}assignments/{sheet}/{sheet}.ipynb)"
            for sheet, numbers in self.homework.items()
        )


def lessons(root: Path) -> dict[str, Lesson]:
    """Return all lessons by name, in reading order; raises Refused for a need that is not there."""
    sheets = {re.sub(r"^\d+_", "", path.name): path.name for path in root.glob("solutions/*")}
    found, homework, checks = {}, {}, root / "src/dlcourse/checks"
    for path in sorted(checks.rglob("*.py")):
        sheet = sheets.get(path.relative_to(checks).parts[0].removesuffix(".py"))
        for number, name in LOOK.findall(nb.read_text(path)) if sheet else ():
            homework.setdefault(name, {}).setdefault(sheet, set()).add(int(number))
    for path in sorted(root.glob("course/[0-9]*/[0-9]*.md")):
        text, name = nb.read_text(path), f"{path.parent.name}/{path.stem}"
        [title] = re.findall(r"^# (.+)$", text, re.MULTILINE)[:1] or [name]
        [facts] = FACTS.findall(text)[:1] or [("", "", "")]
        needs = re.findall(r"[\w/]+", "".join(NEEDS.findall(text)[:1]))
        if missing := [need for need in needs if need not in found]:
            raise nb.Refused(f"{path}: needs {missing[0]}: no such lesson stands before it")
        found[name] = Lesson(name, title, facts, needs, homework.get(name, {}))
    return found


def add(notebook: NotebookNode, path: Path) -> None:
    """Write a lesson's place below its title, and the way on into a last cell."""
    *_, course, chapter, _ = path.resolve().parts
    every = lessons(path.resolve().parents[2]) if course == "course" else {}
    if (name := f"{chapter}/{path.stem}") not in every:
        return
    order, beside = list(every), [other for other in every if other.startswith(f"{chapter}/")]
    place = f"Lesson {beside.index(name) + 1} of {len(beside)} of chapter {chapter[:2]}, "
    needs = ", ".join(every[other].link() for other in every[name].needs) or "nothing"
    place += f"{nb.CHAPTERS[chapter]} · *Needs:* {needs} {MARK}"
    title, end, rest = notebook.cells[0].source.partition("\n")
    notebook.cells[0].source = f"{title}\n\n{place}{end}{rest}"
    here = order.index(name)
    ways = {"Previous": order[:here][-1:], "Next": order[here + 1 :][:1]}
    way = [f"{word}: {every[other].link()}" for word, found in ways.items() for other in found]
    place = "https://github.com/{repository}/blob/{branch}/course/".format(**nb.settings())
    way.append(f"[Contents]({place}README.md) · [Glossary (术语)]({place}glossary.md) {MARK}")
    last = nbformat.v4.new_markdown_cell(" · ".join(way), id="navigation")
    if homework := every[name].exercises():
        last.source += f"\n\nHomework: {homework} {MARK}"
    notebook.cells.append(last)


def bare(source: str) -> str:
    """Return a cell's source as it was before `add`."""
    return GENERATED.sub("", source)


def added(notebook: NotebookNode) -> list[str]:
    """Return all that `add` has written."""
    return [text for cell in notebook.cells for text in GENERATED.findall(cell.source)]
