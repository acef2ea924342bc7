"""Carry a notebook that was edited in Jupyter back to its Markdown source."""

import argparse
import sys
from pathlib import Path

from dlcourse.authoring import myst
from dlcourse.authoring import notebooks as nb


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
    built_from = notebook.metadata.get("dlcourse")
    if source.exists() and myst.read(source).metadata.dlcourse != built_from:
        raise nb.Refused(
            f"{source} has changed since {path.name} was built: "
            "bring your edits into the .md by hand, then run `make notebooks`"
        )
    changed = myst.write(source, notebook)
    print(f"{source}: " + ("written; now run `make notebooks`" if changed else "as before"))


if __name__ == "__main__":
    sys.exit(main())
