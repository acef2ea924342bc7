"""Students' active content, made harmless before formgrader or feedback shows it.

nbgrader's two pages turn Markdown into HTML and put HTML of outputs in as it is. nbconvert's own
SanitizeHTML does not help: it escapes Markdown before it is rendered, so that `a < b` in a formula,
quotes and code change, while `[x](javascript:...)` and remote images pass; it leaves text/latex,
metadata, attachments and raw data of images alone.
"""

import base64
import binascii
import html
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

from bleach.css_sanitizer import CSSSanitizer
from bleach.sanitizer import Cleaner
from bs4 import BeautifulSoup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor
from pygments.token import STANDARD_TYPES

MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
# What is longer or nested deeper is shown as the text it is: parsers take minutes over it.
LONGEST = 30_000  # characters of Markdown
LONGEST_HTML = 100_000  # characters without those of pictures
DEEPEST = 50  # elements in each other
LINK = re.compile(r"(https?://|mailto:|#)[^\s\"'<>\\`]*")  # nothing relative: files may lie beside
MARKER = re.compile(r"<!-- (GRADED|ASSIGNMENT): [\w. -]+ -->\s*")
# What MathJax would follow, load or style; \let and \def can rename them but must name them first.
TEX = re.compile(
    r"\\(?=(?:href|require|style|class|cssId|bbox|mmlToken|includegraphics)(?![a-zA-Z]))"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Headings are not here: a heading's id is its text, and formgrader looks its input fields up by id.
ORDINARY = _words(
    "blank_line block_code block_math block_quote block_text codespan def_list def_list_head "
    "def_list_item emphasis inline_math latex_environment linebreak link list list_item paragraph "
    "softbreak strikethrough strong table table_body table_cell table_head table_row "
    "task_list_item text thematic_break"
)
TAGS = _words(
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em h1 h2 h3 h4 h5 "
    "h6 hr i img kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td "
    "tfoot th thead tr u ul var"
)
NUMBERS = {("img", "width"), ("img", "height"), ("ol", "start")} | {
    (tag, name) for tag in ("td", "th") for name in ("colspan", "rowspan")
}
CLASSES = {"div": {"highlight"}, "span": set(STANDARD_TYPES.values()) - {""}}


def _allow(tag: str, name: str, value: str) -> bool:
    if (tag, name) == ("a", "href"):
        return bool(LINK.fullmatch(value))
    if (tag, name) == ("img", "src"):
        kind, _, data = value.removeprefix("data:").partition(";base64,")
        return value.startswith("data:") and picture(kind, data) is not None
    if (tag, name) in NUMBERS:
        return bool(re.fullmatch(r"\d{1,4}", value))
    if name == "class":
        return value in CLASSES.get(tag, ())
    return (tag, name) in {("img", "alt"), ("details", "open"), ("td", "style"), ("th", "style")}


# Every table of pandas has one.
STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL | re.IGNORECASE)
NAME = re.compile(r"[\w-]+", re.ASCII)  # of a cell, as nbgrader gives it
CLEANER = Cleaner(
    tags=TAGS,
    attributes=_allow,
    protocols={"http", "https", "mailto", "data"},
    strip=True,
    css_sanitizer=CSSSanitizer(allowed_css_properties=["text-align"]),
)


class Neutralise(NbGraderPreprocessor):
    """Leave nothing in a graded notebook that acts, loads or styles when it is shown.

    Runs last of all that write: nbgrader tells by its checksum if a written answer was touched.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        nb.metadata = NotebookNode(
            kernelspec=NotebookNode(name="python3", display_name="Python 3", language="python"),
            language_info=NotebookNode(name="python", pygments_lexer="ipython3"),
        )
        seen = set()
        for index, cell in enumerate(nb.cells):
            nb.cells[index] = cell = _rebuild(cell)
            if not re.fullmatch(r"[\w-]{1,64}", cell.id, re.ASCII) or cell.id in seen:
                cell.id = f"cell-{index}"
            seen.add(cell.id)
        return nb, resources


def picture(kind: str, data: object) -> str | None:
    """Return base64 text on one line if it is a PNG or JPEG of that media type, else None."""
    if kind not in MAGIC or not isinstance(data, str):
        return None
    data = "".join(data.split())
    try:
        decoded = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if decoded.startswith(MAGIC[kind]) else None


def sanitise(markup: str) -> str:
    """Return the part of some HTML that is text, tables, links and pictures in the page itself."""
    length = len(re.sub(r"[\w+/=]{1000,}", "", markup))
    if length > LONGEST_HTML or _depth(markup) > DEEPEST:
        return as_text(markup)
    markup = CLEANER.clean(STYLE.sub("", markup))
    soup = BeautifulSoup(markup, "html.parser")
    for text in soup(string=TEX):
        text.replace_with(TEX.sub("\\\\\u200b", text))
    return str(soup)


def _depth(markup: str) -> int:
    """Say how deep elements stand in each other at the most; those left open count."""
    left_open, depth, deepest = Counter(), 0, 0
    for end, tag in re.findall(r"<(/?)([a-zA-Z]+)", markup.lower()):
        if tag not in ("br", "hr", "img", "col") and (not end or left_open[tag]):
            step = -1 if end else 1
            left_open[tag] += step
            depth += step
            deepest = max(deepest, depth)
    return deepest


def as_text(text: str) -> str:
    """Return HTML that shows a text as it is."""
    return f"<pre>{html.escape(text)}</pre>"


def markdown(source: str, attachments: dict) -> str:
    """Return Markdown that shows the same and does nothing: the source itself, or else clean HTML.

    HTML stands on one line, with no character in it that Markdown or a formula would start with, so
    that any renderer hands it on as it is.
    """
    if len(source) > LONGEST:
        return one_line(as_text(source))
    try:
        parse: Any = MarkdownWithMath(cast(Any, None))  # without a renderer it gives tokens
        if not TEX.search(html.unescape(source)) and _is_ordinary(parse(source), attachments):
            return source
        renderer = _Renderer(escape=False, attachments=attachments, exclude_anchor_links=True)
        return one_line(sanitise(MarkdownWithMath(renderer).render(source)))
    except Exception:  # whatever a malformed text makes a parser raise
        return one_line(as_text(source))


def one_line(markup: str) -> str:
    """Return HTML as one block of Markdown that every renderer hands on as it is."""
    codes = {ord(c): f"&#{ord(c)};" for c in "\n$\\`"} | {ord("\r"): ""}
    return f"<div>{markup.translate(codes)}</div>"


class _Renderer(IPythonRenderer):
    def image(self, text: str, url: str, title: str | None = None) -> str:
        known = url.removeprefix("attachment:") in self.attachments
        return super().image(text, url, title) if known else f"[picture not shown: {text}]"


def _is_ordinary(tokens: list[dict], attachments: dict) -> bool:
    for token in tokens:
        kind, attrs = token["type"], token.get("attrs", {})
        if kind == "block_html" and MARKER.fullmatch(token["raw"]):
            continue
        if kind == "image" and attrs["url"].startswith("attachment:"):
            if attrs["url"].removeprefix("attachment:") not in attachments:
                return False
        elif kind not in ORDINARY:
            return False
        if kind == "link" and not LINK.fullmatch(attrs["url"]):
            return False
        if kind == "block_code" and (attrs.get("info") or "").lstrip().startswith("mermaid"):
            return False  # nbconvert shows such a block unescaped
        if not _is_ordinary(token.get("children", []), attachments):
            return False
    return True


def _rebuild(cell: NotebookNode) -> NotebookNode:
    facts = _facts(cell.get("metadata"))
    kept = NotebookNode(
        cell_type=cell.cell_type,
        id=str(cell.get("id", "")),
        metadata=NotebookNode(nbgrader=facts) if facts else NotebookNode(),
        source=_text(cell.get("source")),
    )
    if cell.cell_type == "code":
        kept.execution_count = _count(cell.get("execution_count"))
        kept.outputs = list(_outputs(cell.get("outputs", [])))
    elif cell.cell_type == "markdown":
        attachments = _attachments(cell.get("attachments"))
        if not (facts and utils.is_locked(kept)):
            kept.source = markdown(kept.source, attachments)
        if attachments:
            kept.attachments = attachments
    else:  # raw text would be shown as HTML
        kept.cell_type, kept.source = "markdown", one_line(as_text(kept.source))
    return kept


def _facts(metadata: object) -> NotebookNode | None:
    """Return what nbgrader knows of a cell; nothing of a cell that its gradebook does not know."""
    facts = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(facts, dict) or not NAME.fullmatch(str(facts.get("grade_id", ""))):
        return None
    flags = ("grade", "locked", "solution", "task")
    kept = {key: facts[key] is True for key in flags if key in facts}
    kept |= {key: str(facts[key]) for key in ("grade_id", "checksum", "cell_type") if key in facts}
    kept |= {key: facts[key] for key in ("points", "schema_version") if _is_number(facts.get(key))}
    return NotebookNode(kept)


def _attachments(attachments: object) -> NotebookNode:
    kept = NotebookNode()
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            if data := picture(kind, data):
                kept[str(name)] = NotebookNode({kind: data})
    return kept


def _outputs(outputs: list) -> Iterator[NotebookNode]:
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            yield NotebookNode(output_type=kind, name=name, text=_text(output.get("text")))
        elif kind == "error":
            lines = output.get("traceback")
            yield NotebookNode(
                output_type=kind,
                ename=_text(output.get("ename")),
                evalue=_text(output.get("evalue")),
                traceback=[_text(line) for line in lines] if isinstance(lines, list) else [],
            )
        elif kind in ("display_data", "execute_result"):
            data = _data(output.get("data"))
            shown = NotebookNode(output_type=kind, data=data, metadata=_sizes(output, data))
            if kind == "execute_result":
                shown.execution_count = _count(output.get("execution_count"))
            yield shown


def _data(data: object) -> NotebookNode:
    data = data if isinstance(data, dict) else {}
    kept = NotebookNode({kind: good for kind in MAGIC if (good := picture(kind, data.get(kind)))})
    if "text/html" in data:
        kept["text/html"] = sanitise(_text(data["text/html"]))
    plain = next((k for k in ("text/latex", "text/markdown", "text/plain") if k in data), None)
    if plain:
        kept["text/plain"] = _text(data[plain])
    elif not kept:
        kept["text/plain"] = f"[not shown: {', '.join(map(str, data))}]"
    return kept


def _sizes(output: NotebookNode, data: NotebookNode) -> NotebookNode:
    metadata = output.get("metadata")
    sizes = NotebookNode()
    for kind in MAGIC.keys() & data.keys():
        given = metadata.get(kind) if isinstance(metadata, dict) else None
        if isinstance(given, dict):
            names = [name for name in ("width", "height") if _is_number(given.get(name))]
            sizes[kind] = NotebookNode({name: given[name] for name in names})
    return sizes


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(map(_text, value))
    return value if isinstance(value, str) else "" if value is None else str(value)


def _count(value: object) -> int | None:
    return value if type(value) is int else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and type(value) is not bool and 0 <= value < 100_000
