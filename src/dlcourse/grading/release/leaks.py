"""A search for what students must not see: solutions, hidden tests, mark schemes, wrong answers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbgrader import utils

REGION = re.compile(
    r"^[^\n]*BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)[^\n]*\n(.*?)^[^\n]*END \1",
    re.MULTILINE | re.DOTALL,
)
MARKER = re.compile(r"[#=]{3} (?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS|MARK SCHEME)")
ABOUT = re.compile(r'\A"""[\s\S]*?"""\n|^# says:.*\n', re.MULTILINE)  # not part of the answer
SHORT = 16  # characters: a shorter line, such as `return x`, is nobody's secret


class Secrets:
    """The lines that only instructors may read, and the search for them."""

    def __init__(self, solutions: Path, answers: Path):
        """Gather from notebooks in `solutions` and from `wrong_*.py`, `right_*.py` in `answers`."""
        self.passages: dict[str, list[str]] = {}
        public: set[str] = set()
        for path in sorted(solutions.glob("*/*.ipynb")):
            for number, cell in enumerate(nbformat.read(path, as_version=4).cells, 1):
                hidden = [match[2] for match in REGION.finditer(cell.source)]
                rest = REGION.sub("", cell.source)
                if utils.is_solution(cell) and not hidden:  # nbgrader replaces the whole cell
                    hidden, rest = [cell.source], ""
                public.update(_lines(rest))
                for order, text in enumerate(hidden, 1):
                    where = f"{path.parent.name}, cell {number} of the source, passage {order}"
                    self.passages[where] = _lines(text)
        for path in sorted(answers.glob("*/*/*.py")):
            cell = ABOUT.sub("", path.read_text(encoding="utf-8"))
            self.passages["/".join(path.parts[-3:])] = _lines(cell)
        for name, lines in self.passages.items():
            self.passages[name] = [line for line in lines if line not in public]

    def find(self, text: str, run: int = 1) -> list[str]:
        """Name the passages of which `run` lines in a row stand in a text.

        Of a shorter passage all lines do, but never one alone unless `run` is 1: the nearest call
        of a library, which lessons show, is often a whole wrong answer.
        """
        if MARKER.search(text):
            return ["a marker of a solution or a hidden test"]
        lines = _lines(text)
        seen = {tuple(lines[i : i + n]) for n in range(1, run + 1) for i in range(len(lines))}
        found = []
        for name, secret in self.passages.items():
            size = min(run, len(secret))
            windows = (tuple(secret[i : i + size]) for i in range(len(secret) - size + 1))
            if size >= min(run, 2) and any(window in seen for window in windows):
                found.append(name)
        return found

    def search(self, files: dict[str, bytes], run: int = 1) -> list[str]:
        """Return 'file: passage' for every leak in files of {path: bytes}."""
        return [
            f"{name}: {passage}"
            for name, data in files.items()
            for passage in self.find("\n".join(_texts(name, data)), run)
        ]


def _texts(name: str, data: bytes) -> Iterator[str]:
    """Give every text in a file; in a notebook that is sources, outputs and metadata alike."""
    text = data.decode("utf-8", "replace")
    if not name.endswith(".ipynb"):
        yield text
        return

    def walk(node: object) -> Iterator[str]:
        if isinstance(node, str):
            yield node
        elif isinstance(node, list) and all(isinstance(item, str) for item in node):
            yield "".join(node)  # multi-line strings are lists of lines on disk
        elif isinstance(node, dict | list):
            for item in node.values() if isinstance(node, dict) else node:
                yield from walk(item)

    yield from walk(json.loads(text))


def _lines(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if len(line) >= SHORT]
