"""Carry a notebook that was edited in Jupyter back to its Markdown source."""

import argparse
import re
import sys
from pathlib import Path

import jupytext
import nbformat
import notebook as nb
from nbformat import NotebookNode

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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook", type=Path, metavar="PATH.ipynb")
    try:
        adopt(parser.parse_args(arguments).notebook)
    except nb.Refused as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def adopt(path: Path) -> None:
    """Write a notebook's cells into the .md beside it.

    Raises Refused, and writes nothing, when the .md has changed since the notebook was built from
    it, or when a cell cannot be told in Markdown.
    """
    if path.suffix != ".ipynb":
        raise nb.Refused(f"{path}: give the notebook, {path.with_suffix('.ipynb')}")
    notebook = nb.read_notebook(path)
    source = path.with_suffix(".md")
    front = FRONT
    if source.exists():
        text = nb.read_text(source)
        if notebook.metadata.get("dlcourse", {}).get("source_sha256") != nb.digest(text):
            raise nb.Refused(
                f"{source} has changed since {path.name} was built: "
                "bring your edits into the .md by hand, then build again"
            )
        front = (nb.FRONT.match(text) or [FRONT])[0]
    text = to_text(notebook, front)
    if cells(jupytext.reads(text, fmt="md:myst")) != cells(notebook):
        raise nb.Refused(f"{path}: {loss(notebook, text)}")
    nb.write_text(source, text)
    print(f"{source}: written; `make notebooks` builds the notebook from it again")


def to_text(notebook: NotebookNode, front: str = FRONT) -> str:
    """Return the MyST Markdown of a notebook's cells below a given front matter."""
    bare = nbformat.v4.new_notebook(metadata={"kernelspec": nb.KERNELSPEC})
    bare.metadata["jupytext"] = {"default_lexer": "ipython3"}
    for kind, source, metadata in cells(notebook):
        new = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}[kind]
        bare.cells.append(new(source, metadata=metadata))
    body = nb.FRONT.sub("", jupytext.writes(bare, fmt="md:myst"), count=1)
    return front + write_tags(body)


def write_tags(text: str) -> str:
    """Write a code cell's tags as people do: on one line, `system:lenet` without quotes."""
    block = re.compile(r"^---\ntags: (\[[^\]]*\])\n---\n|^:?tags: (\[.*\])$", re.MULTILINE)

    def line(match: re.Match) -> str:
        if match[1]:
            return ":tags: " + " ".join(match[1].replace("'", "").split()) + "\n\n"
        return match[0].replace("'", "")

    return block.sub(line, text)


def cells(notebook: NotebookNode) -> list[tuple[str, str, dict]]:
    """Return what a source keeps of a notebook: (type, source, metadata) of each cell with content.

    Metadata are tags, pasted pictures, and nbgrader's where no marker line stands for them.
    """
    kept = []
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type not in ("code", "markdown"):
            raise nb.Refused(f"cell {number} is {cell.cell_type}: make it code or Markdown")
        metadata = {key: cell.metadata[key] for key in ("nbgrader", "tags") if key in cell.metadata}
        if "nbgrader" in metadata and metadata["nbgrader"] == derived(cell):
            del metadata["nbgrader"]
        if cell.get("attachments"):
            metadata["attachments"] = sorted(cell.attachments)
        if cell.source.strip():
            kept.append((cell.cell_type, cell.source.strip("\n"), metadata))
    return kept


def derived(cell: NotebookNode) -> dict | None:
    """Return what a cell's marker line stands for, None where there is none or it is at fault."""
    try:
        return nb.nbgrader_metadata(cell)
    except nb.Refused:
        return None


def loss(notebook: NotebookNode, text: str) -> str:
    """Name the first cell that its Markdown does not give back."""
    back = cells(jupytext.reads(text, fmt="md:myst"))
    for number, cell in enumerate(cells(notebook), 1):
        if number > len(back) or cell != back[number - 1]:
            break
    if "attachments" in cell[2]:
        return f"cell {number} holds a pasted picture: draw it in a cell, or keep it as a file"
    return f"cell {number} cannot be told in Markdown: has it a line `+++` or one that opens a code cell?"


if __name__ == "__main__":
    sys.exit(main())
