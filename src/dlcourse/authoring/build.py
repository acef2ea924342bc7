"""Build the notebooks of course/ (executed) and solutions/ (not) from their Markdown sources."""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from dlcourse.authoring import myst, navigation
from dlcourse.authoring import notebooks as nb
from dlcourse.authoring.compare import differences, image_faults
from dlcourse.files import write_file


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", nargs="*", type=Path, metavar="PATH.md", help="default: all")
    parser.add_argument("--force", action="store_true", help="build what has not changed too")
    options = parser.parse_args(arguments)
    try:
        for source in options.sources or nb.sources():
            build(source, options.force)
    except nb.Refused as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def build(source: Path, force: bool = False) -> None:
    """Lay out a source and build its notebook; outputs that compare equal keep their old bytes.

    Raises Refused, and leaves the old notebook as it is, when the source or a cell is at fault.
    """
    if source.suffix != ".md":
        raise nb.Refused(f"{source}: give the Markdown source, {source.with_suffix('.md')}")
    target = source.with_suffix(".ipynb")
    fresh = myst.read(source)
    if myst.write(source, fresh):
        print(f"{source}: laid out")
        fresh = myst.read(source)  # a cell's last empty line, say, is no longer there
    old = nb.read_notebook(target) if target.exists() else None
    if old:
        built_from = old.metadata.get("dlcourse", {}).get("source_sha256")
        same = built_from == fresh.metadata.dlcourse.source_sha256 and not force
        if same and navigation.added(old) == navigation.added(fresh):
            return
        if built_from != myst.fingerprint(old):
            raise nb.Refused(
                f"{target} was edited since it was built: "
                f"run `make adopt NB={target}` to keep the edits, or delete it"
            )
    start = time.monotonic()
    if old and same:  # what has changed are other lessons alone
        ran = {cell.id: cell for cell in old.cells if cell.cell_type == "code"}
        fresh.cells = [ran.get(cell.id, cell) for cell in fresh.cells]
    elif "solutions" not in source.parts:
        execute(fresh, source)
        keep_outputs(old, fresh)
    try:
        text = nb.dumps(fresh)
    except nb.Refused as error:
        raise nb.Refused(f"{source}: {error}") from None
    changed = not old or nb.read_text(target) != text
    if changed:
        write_file(target, text.encode())
    print(f"{target}: {'built' if changed else 'as before'}, {time.monotonic() - start:.0f} s")


def execute(notebook: NotebookNode, source: Path) -> None:
    """Run all cells in a fresh kernel in an empty folder; raise Refused at a fault."""
    metadata = notebook.metadata
    with tempfile.TemporaryDirectory() as empty:
        client = NotebookClient(
            notebook,
            timeout=nb.CELL_SECONDS,
            kernel_name="python3",
            store_widget_state=False,
            record_timing=False,
            resources={"metadata": {"path": empty}},
        )
        try:
            # What the kernel process itself logs is no output of a cell, and none of the reader's.
            client.execute(env=nb.kernel_environment(), stderr=subprocess.DEVNULL)
        except CellExecutionError as error:
            refuse(notebook, source, f"{error.ename}: {error.evalue}")
        except CellTimeoutError:
            refuse(notebook, source, f"ran for more than {nb.CELL_SECONDS} s")
        except DeadKernelError:
            refuse(notebook, source, "the kernel died")
    notebook.metadata = metadata | {"language_info": nb.LANGUAGE}
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code":
            cell.outputs = nb.normalise(cell.outputs)
            for fault in image_faults(cell.outputs):
                raise nb.Refused(f"{source}: cell {number}: {fault}")


def refuse(notebook: NotebookNode, source: Path, reason: str) -> None:
    """Raise Refused for the first code cell that has not ended."""
    number, cell = next(
        (number, cell)
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code" and (cell.execution_count is None or has_error(cell))
    )
    line = cell.source.partition("\n")[0]
    raise nb.Refused(f"{source}: cell {number} ({line}): {reason.strip().splitlines()[0]}")


def has_error(cell: NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.outputs)


def keep_outputs(old: NotebookNode | None, fresh: NotebookNode) -> None:
    """Put the old outputs back into the cells whose fresh ones compare equal.

    Numbers and pictures of training compare by kind alone: they are old only if all code so far is.
    """
    stored = {cell.id: cell for cell in old.cells} if old else {}
    same = True
    for cell in fresh.cells:
        if cell.cell_type != "code":
            continue
        same = same and cell.id in stored
        tags = cell.metadata.get("tags", [])
        if cell.id in stored and (same or not {"trained", "measured"}.intersection(tags)):
            outputs = stored[cell.id].outputs
            if not differences(outputs, cell.outputs, tags):
                cell.outputs = outputs


if __name__ == "__main__":
    sys.exit(main())
