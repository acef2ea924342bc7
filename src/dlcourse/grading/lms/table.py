"""A platform's own CSV file, in which some cells are filled in and every other byte stays."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

BOM = "\ufeff"
SEPARATORS = ",;\t"


class Table:
    """The rows of a file in UTF-8, separated by comma, semicolon or tab; titles in any case."""

    def __init__(self, path: Path, wanted: Sequence[str]):
        """Read a file with the wanted columns; raise ValueError, naming file and column, if not."""
        self.path = path
        try:
            text = path.read_bytes().decode("utf-8")
        except OSError as error:
            raise ValueError(f"{path} cannot be read ({error.strerror})") from None
        except UnicodeDecodeError:
            raise ValueError(
                f"{path} is not in UTF-8: download it again, and do not save it in a spreadsheet"
            ) from None
        self._bom = BOM if text.startswith(BOM) else ""
        text = text.removeprefix(BOM)
        best = max(SEPARATORS, key=lambda by: len(set(wanted) - set(_missing(text, by, wanted))))
        if lacks := _missing(text, best, wanted):
            raise ValueError(
                f"{path} has no column '{lacks[0]}': is it the file the platform exports?"
            )
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=best, strict=True))
        except csv.Error as error:
            raise ValueError(f"{path} is damaged ({error}): download it again") from None
        self.rows = [row or [""] for row in rows]
        self._cells = _split(text, best)
        self._columns = {}
        for number, title in enumerate(self.rows[0]):
            self._columns.setdefault(title.strip().casefold(), number)
        self.titles = [title.strip() for title in self.rows[0]]

    def cell(self, row: int, title: str) -> str:
        """Return the text of a cell; empty where there is none."""
        column = self._columns.get(title.casefold(), len(self.rows[row]))
        return self.rows[row][column].strip() if column < len(self.rows[row]) else ""

    def fill(self, row: int, title: str, number: str) -> None:
        """Put a number into a cell; raise ValueError if the row is too short to have it."""
        column = self._columns[title.casefold()]
        if column >= len(self.rows[row]):
            raise ValueError(f"{self.path}: row {row + 1} is cut off: download it again")
        raw, end = self._cells[row][column]
        quote = '"' if raw.startswith('"') else ""
        self._cells[row][column] = (f"{quote}{number}{quote}", end)

    def pack(self) -> bytes:
        """Return the file as it came, but for the cells that were filled in."""
        return (self._bom + "".join(raw + end for row in self._cells for raw, end in row)).encode()


def _missing(text: str, separator: str, wanted: Sequence[str]) -> list[str]:
    """Return which of the wanted columns the first line lacks."""
    first = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
    there = {title.strip().casefold() for title in first}
    return [title for title in wanted if title.casefold() not in there]


def _split(text: str, separator: str) -> list[list[tuple[str, str]]]:
    """Return the rows of whole CSV as pairs of a cell's text, quotes and all, and what ends it."""
    cell = re.compile(rf'("(?:[^"]|"")*"|[^{separator}\r\n]*)({separator}|\r\n|\n|\r|\Z)')
    rows, row, position = [], [], 0
    while position < len(text) or row:
        found = cell.match(text, position)
        assert found is not None  # the empty text matches everywhere
        row.append((found[1], found[2]))
        position = found.end()
        if found[2] != separator:
            rows.append(row)
            row = []
    return rows
