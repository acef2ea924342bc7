"""The Markdown sources of notebooks: what is read from them and written back, grading markers."""

import re
from collections import Counter
from pathlib import Path

import jupytext
import nbformat
import yaml
from jupytext.myst import MystMetadataParsingError
from nbformat import NotebookNode

from dlcourse.authoring import navigation
from dlcourse.authoring import notebooks as nb
from dlcourse.authoring.notebooks import Refused
from dlcourse.files import digest, write_file
from dlcourse.homework.sheet import CODE_MARKER, TEXT_MARKER, check_of, facts_of, part_of

FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
REGION = re.compile(r"^### BEGIN SOLUTION$.*?^### END SOLUTION$", re.MULTILINE | re.DOTALL)
EDGE = re.compile(r"^[ \t]*([#=]+ *(?:BEGIN|END)\b.*)$", re.MULTILINE)
REGIONS = (
    ("### BEGIN SOLUTION", "### END SOLUTION"),
    ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"),
    ("=== BEGIN MARK SCHEME ===", "=== END MARK SCHEME ==="),
)
TAGS = re.compile(
    r"(?<=^```\{code-cell\} ipython3\n)(?:---\ntags: (\[[^\]]*\])\n---\n|:tags: (\[.*\])\n\n)",
    re.MULTILINE,
)
# The last section of every sheet, a text and a cell, which is in the notebook alone. Its calls are
# comments: when the notebook is graded nothing happens here.
HAND_IN = (
    "## Check and hand in\n\n"
    "Save this notebook (*File > Save Notebook*), take away the `# ` of one of the two calls and "
    "run the cell. `homework.check()` runs the saved file from top to bottom, as in grading, and "
    "shows what every check says; `homework.submit(...)`, with your own id in it, names what fails "
    "and writes the file that you hand in.",
    'from dlcourse import homework\n\n# homework.check()\n# homework.submit("YOUR ID")',
)
FRONT = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3 (ipykernel)
  language: python
  name: python3
---
"""


def read(path: Path) -> NotebookNode:
    """Read a MyST file as a notebook that has not run: ids, grading metadata and a hash set.

    Raises Refused when the file, its set-up cell or its markers are not as they should be.
    """
    text = nb.read_text(path)
    try:
        notebook = jupytext.reads(text, fmt="md:myst")
        if "solutions" in path.parts:
            grade(notebook)
            text, cell = HAND_IN
            notebook.cells += [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell(cell)]
        check_setup(notebook)
    except (Refused, MystMetadataParsingError, yaml.YAMLError) as error:
        raise Refused(f"{path}: {nb.first_line(error)}") from None
    set_ids(notebook)
    navigation.add(notebook, path)
    notebook.metadata = nbformat.from_dict(
        {
            "dlcourse": {"source_sha256": fingerprint(notebook)},
            "kernelspec": nb.KERNELSPEC,
            "language_info": nb.LANGUAGE,
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def fingerprint(notebook: NotebookNode) -> str:
    """Return the hash of a notebook's text as the build lays it out: layout makes nothing stale."""
    return digest(to_text(notebook).encode())


def check_setup(notebook: NotebookNode) -> None:
    """Raise Refused when a cell tagged `setup` differs from what pyproject.toml gives."""
    for cell in notebook.cells:
        if "setup" in cell.metadata.get("tags", []) and cell.source != nb.setup_source():
            raise Refused(f"the cell tagged setup must read {nb.setup_source()!r}")


def set_ids(notebook: NotebookNode) -> None:
    """Give each cell its grade_id, else a hash of its type and source, as id."""
    seen = Counter()
    for cell in notebook.cells:
        name = facts_of(cell).get("grade_id")
        name = name or digest((cell.cell_type + cell.source).encode())[:10]
        seen[name] += 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"


def grade(notebook: NotebookNode) -> None:
    """Set the nbgrader metadata that the marker lines of a solutions notebook stand for.

    Metadata written out in the source wins. Raises Refused when nbgrader would not take it.
    """
    from nbgrader.nbgraderformat import MetadataValidator, ValidationError

    for number, cell in enumerate(notebook.cells, 1):
        try:
            check_regions(cell.source)
            derived = nbgrader_metadata(cell)
        except Refused as error:
            line = cell.source.partition("\n")[0]
            raise Refused(f"cell {number} ({line}): {error}") from None
        if derived and "nbgrader" not in cell.metadata:
            cell.metadata["nbgrader"] = nbformat.from_dict(derived)
    try:
        MetadataValidator().validate_nb(notebook)
    except ValidationError as error:
        raise Refused(f"nbgrader: {nb.first_line(error)}") from None
    check_pairs(notebook)


def check_regions(source: str) -> None:
    """Raise Refused unless each region hidden from students is as nbgrader reads it."""
    lines = [line.rstrip() for line in EDGE.findall(source)]
    for line in lines:
        if not any(line in pair for pair in REGIONS):
            known = ", ".join(begin for begin, _ in REGIONS)
            raise Refused(f"{line!r} hides nothing; what does is {known}")
    for pair in REGIONS:
        found = [line for line in lines if line in pair]
        if found != list(pair) * (len(found) // 2):
            raise Refused(f"{pair[0]!r} and {pair[1]!r} take turns; here stand {found}")


def check_pairs(notebook: NotebookNode) -> None:
    """Raise Refused where code that students write has no check, or a check has no such code."""
    names = {facts["grade_id"]: facts["solution"] for cell in notebook.cells
             if cell.cell_type == "code" and (facts := facts_of(cell))}  # fmt: skip
    for name, solution in names.items():
        if solution and check_of(name) not in names:
            raise Refused(
                f"{name} has no check: write a cell '# CHECK: {name} · N points' below it"
            )
        if (part := part_of(name)) not in names:
            raise Refused(f"the check of {part} has no answer: no cell begins '# GRADED: {part}'")


def nbgrader_metadata(cell: NotebookNode) -> dict | None:
    """Return the nbgrader metadata that a cell's marker line stands for, None without one."""
    if cell.cell_type == "code":
        line = cell.source.partition("\n")[0]
        marker = CODE_MARKER.fullmatch(line)
        if not marker:
            if re.match(r"#\s*(GRADED|CHECK|LOCKED)\b", line):
                raise Refused("write '# GRADED: id', '# CHECK: id · N points' or '# LOCKED: id'")
            return None
        kind, name = marker[1] or marker[3], marker[2] or check_of(marker[4])
        points = int(marker[5]) if marker[5] else None
        last = cell.source.rstrip().rpartition("\n")[2]
        if points is not None and last not in (f"checks.points({points})", f"{points}"):
            raise Refused(f"its last line must be checks.points({points}), not {last!r}")
    else:
        marker = TEXT_MARKER.search(REGION.sub("", cell.source))
        if not marker:
            if "<!-- GRADED:" in cell.source:
                raise Refused(
                    "write '<!-- GRADED: id · N points -->', outside of the solution region"
                )
            return None
        kind, name, points = "WRITTEN", marker[1], int(marker[2])
    solution = kind in ("GRADED", "WRITTEN")
    if solution and "### BEGIN SOLUTION" not in cell.source:
        raise Refused(
            f"{name}: the solution stands between ### BEGIN SOLUTION and ### END SOLUTION"
        )
    metadata = {
        "cell_type": cell.cell_type,
        "grade": points is not None,
        "grade_id": name,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return metadata if points is None else metadata | {"points": points}


def write(path: Path, notebook: NotebookNode) -> bool:
    """Write a notebook's cells as a source below its own front matter; say whether that changed it.

    Raises Refused, and writes nothing, when a cell cannot be told in Markdown.
    """
    notebook = without_hand_in(notebook)
    old = nb.read_text(path) if path.exists() else ""
    text = to_text(notebook, front_matter(old))
    want, got = cells(notebook), cells(jupytext.reads(text, fmt="md:myst"))
    for number, cell in enumerate(want, 1):
        if got[number - 1 : number] != [cell]:
            raise Refused(
                f"{path}: cell {number} cannot be told in Markdown: "
                "has it a pasted picture, or a line `+++` or ```{code-cell}?"
            )
    if text != old:
        write_file(path, text.encode())
    return text != old


def without_hand_in(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook without the section that every sheet gets."""
    kept = [cell for cell in notebook.cells if cell.source not in HAND_IN]
    return NotebookNode({**notebook, "cells": kept})


def front_matter(text: str) -> str:
    """Return the front matter of a source, the usual one where it has none."""
    return (FRONT_MATTER.match(text) or [FRONT])[0]


def to_text(notebook: NotebookNode, front: str = FRONT) -> str:
    """Return the MyST Markdown of a notebook's cells below a given front matter."""
    bare = nbformat.v4.new_notebook(metadata={"jupytext": {"default_lexer": "ipython3"}})
    for kind, source, metadata in cells(notebook):
        new = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}[kind]
        bare.cells.append(new(source, metadata=metadata))
    body = FRONT_MATTER.sub("", jupytext.writes(bare, fmt="md:myst"), count=1)
    # Tags as people write them: on one line, `system:lenet` without quotes.
    return front + TAGS.sub(
        lambda tags: f":tags: {' '.join((tags[1] or tags[2]).replace(chr(39), '').split())}\n\n",
        body,
    )


def cells(notebook: NotebookNode) -> list[tuple[str, str, dict]]:
    """Return what a source keeps of a notebook: (type, source, metadata) of each cell with content.

    What the build has added does not count. Metadata are tags, pasted pictures, and nbgrader's
    where no marker line stands for them.
    """
    kept = []
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type not in ("code", "markdown"):
            raise Refused(f"cell {number} is {cell.cell_type}: make it code or Markdown")
        metadata = {key: cell.metadata[key] for key in ("nbgrader", "tags") if key in cell.metadata}
        if "nbgrader" in metadata and metadata["nbgrader"] == derived(cell):
            del metadata["nbgrader"]
        if cell.get("attachments"):
            metadata["attachments"] = sorted(cell.attachments)
        if source := navigation.bare(cell.source).strip("\n"):
            kept.append((cell.cell_type, source, metadata))
    return kept


def derived(cell: NotebookNode) -> dict | None:
    """Return what a cell's marker line stands for, None where there is none or it is at fault."""
    try:
        return nbgrader_metadata(cell)
    except Refused:
        return None
