"""A submitted notebook file, read with mistrust: whatever is in it, cells come out or one line."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dlcourse.homework import mishaps
from dlcourse.homework.sheet import DEFINED, MAX_BYTES, find_lines

MAX_CELLS = 2000
MAX_TOKENS = 2_000_000  # brackets and strings of outputs that are passed over
# Outputs and widgets' state; in a string every quote has a backslash before it, so this is a key.
BULK = re.compile(rb'"(?:outputs|widgets)"\s*:\s*(?=[\[{])')
TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
KINDS = ("code", "markdown", "raw", "heading")  # headings in formats 2 and 3


class Unreadable(ValueError):
    """Says in one line why a person must look at a submission."""


@dataclass(eq=False)
class Cell:
    """A cell of the student's, read with mistrust."""

    kind: str
    text: str
    id: str | None = None
    facts: dict = field(default_factory=dict)  # nbgrader's metadata
    attachments: dict = field(default_factory=dict)
    slot: Any = None  # what `repair` takes it for

    @cached_property
    def lines(self) -> list[str]:
        return find_lines(self.text)

    @cached_property
    def defined(self) -> set[str]:
        return set(DEFINED.findall(self.text))


def decode(data: bytes) -> str:
    """Return a notebook file's text in UTF-8, UTF-16 or UTF-32, with or without a byte mark."""
    return data.decode(json.detect_encoding(data), "replace").lstrip("\ufeff \t\r\n")


def shed(data: bytes) -> bytes:
    """Return a notebook file without outputs and widgets' state, and make no object of them."""
    kept, start, tokens = [], 0, 0
    while bulk := BULK.search(data, start):
        depth, end = 0, len(data)
        for token in TOKEN.finditer(data, bulk.end()):
            tokens += 1
            if tokens > MAX_TOKENS:
                return data
            depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token[0][:1], 0)
            if depth <= 0:
                end = token.end()
                break
        kept += data[start : bulk.end()], b"[]" if data[bulk.end()] == ord("[") else b"{}"
        start = end
    return b"".join([*kept, data[start:]])


def read(data: bytes, log: list[str]) -> tuple[list[Cell], str | None]:
    """Return the cells of a notebook file and the name of its kernel; add to the log what is odd.

    Raises Unreadable if there are none.
    """
    nb = _load(data, log)
    kernel = nb.get("metadata")
    for key in ("kernelspec", "name"):
        kernel = kernel.get(key) if isinstance(kernel, dict) else None
    return _cells(nb, log), kernel if isinstance(kernel, str) else None


def read_version(data: bytes) -> str:
    """Return the version of Python that a readable notebook was run with; '' if it does not say."""
    return mishaps.find_version(_load(data, []))


def _load(data: bytes, log: list[str]) -> dict:
    if len(data) > MAX_BYTES:
        raise Unreadable(f"the notebook has {len(data) >> 20} MB, more than {MAX_BYTES >> 20}")
    text = decode(data)
    if not text.strip("\0"):
        raise Unreadable("the notebook is empty")
    if re.match("<[!?a-zA-Z]", text):
        raise Unreadable("the file is a web page, not a notebook")
    try:
        # No number is kept, and int() refuses long ones.
        nb, end = json.JSONDecoder(parse_int=float).raw_decode(text)
    except json.JSONDecodeError as error:
        if conflict := mishaps.find_conflict(text):
            raise Unreadable(f"not a notebook: {conflict}") from None
        raise Unreadable(f"not a notebook, or cut off: no JSON in line {error.lineno}") from None
    except RecursionError:
        raise Unreadable("not a notebook: nested too deeply") from None
    if text[end:].strip(" \t\r\n\0"):
        log.append("text after the end of the notebook is left out")
    encoding = json.detect_encoding(data)
    if encoding != "utf-8":
        log.append(f"in {encoding}, not in utf-8: read all the same")
    elif "\ufffd" in text and "\ufffd".encode() not in data:
        log.append("bytes that are no utf-8 are replaced by \ufffd")
    if not isinstance(nb, dict):
        raise Unreadable("not a notebook: JSON without cells")
    return nb


def _cells(nb: dict, log: list[str]) -> list[Cell]:
    """Return the student's cells, and leave out what is not a cell."""
    raw = nb.get("cells")
    if raw is None:  # formats 2 and 3
        sheets = nb.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        inner = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        raw = [cell for each in inner if isinstance(each, list) for cell in each] or None
    if not isinstance(raw, list):
        raise Unreadable("not a notebook: JSON without cells")
    if len(raw) > MAX_CELLS:
        raise Unreadable(f"the notebook has {len(raw)} cells, more than {MAX_CELLS}")
    if nb.get("nbformat") != 4:
        log.append("not of notebook format 4: read all the same")
    whole = [cell for cell in raw if isinstance(cell, dict)]
    if len(whole) < len(raw):
        log.append(f"entries that are no cells, left out: {len(raw) - len(whole)}")
    if unknown := sum(cell.get("cell_type") not in KINDS for cell in whole):
        log.append(f"cells of no known type, read as raw text: {unknown}")
    if odd := sum(not isinstance(_source(cell), str | list) for cell in whole):
        log.append(f"cells without a text, taken as empty: {odd}")
    return [_cell(cell) for cell in whole]


def _source(raw: dict) -> object:
    return raw.get("source", raw.get("input"))  # "input" in formats 2 and 3


def _cell(raw: dict) -> Cell:
    text = _text(_source(raw))
    kind, metadata = raw.get("cell_type"), raw.get("metadata")
    if kind == "heading":
        kind, text = "markdown", f"# {text}"
    facts = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return Cell(
        kind=kind if kind in ("code", "markdown") else "raw",
        text=text,
        id=raw["id"] if isinstance(raw.get("id"), str) else None,
        facts=facts if isinstance(facts, dict) else {},
        attachments=_pictures(raw.get("attachments")),
    )


def _pictures(attachments: object) -> dict:
    """Return what is well formed and a picture."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            if kind.startswith("image/") and (picture := _text(data)):
                found[_text(name)][_text(kind)] = picture
    return dict(found)


def _text(raw: object) -> str:
    """Return a text that may be in lines, whatever ends them, without halves of surrogate pairs."""
    if isinstance(raw, list):
        lines = [line for line in raw if isinstance(line, str)]
        raw = ("" if any(line.endswith("\n") for line in lines) else "\n").join(lines)
    text = raw.encode("utf-8", "replace").decode() if isinstance(raw, str) else ""
    return re.sub("\r\n?", "\n", text)
