"""Run notebooks with nbval and compare what their cells give with what the files hold."""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbval.plugin
import notebooks as nb
import pytest
from comparison import differences
from jupyter_client.blocking import BlockingKernelClient

# Run in the kernel after a cell with an Explorer: each control at each of its stops.
SWEEP = """
def _sweep():
    import gc
    from dlcourse.widgets import Explorer
    for widget in [found for found in gc.get_objects() if issubclass(type(found), Explorer)]:
        start, pictures = widget.values, {}
        for widget.values in widget.sweep():
            widget.update()
            pictures[str(widget.values)] = widget.image
        assert len(set(pictures.values())) == len(pictures), f"{widget} draws one picture twice"
        widget.values = start
_sweep()
del _sweep
"""


class Shares:
    """A pytest plug-in that prints how many cells are excused from the strict comparison."""

    def pytest_collection_modifyitems(self, items: list) -> None:
        self.cells = [item.cell for item in items]

    def pytest_terminal_summary(self, terminalreporter) -> None:
        cells = getattr(self, "cells", [])
        for tag in ("trained", "measured"):
            count = sum(tag in cell.metadata.get("tags", []) for cell in cells)
            share = count / max(len(cells), 1)
            terminalreporter.write_line(f"{tag}: {count} of {len(cells)} cells ({share:.0%})")


def patch(cell_type: type) -> None:
    """Give nbval's cells our comparison, a check of their counts, and a sweep of their Explorers."""
    run_cell = cell_type.runtest

    def runtest(self) -> None:
        count, wanted = self.cell.execution_count, self.cell_num + 1
        if count != wanted:
            self.raise_cell_error(f"Execution count is {count}, not {wanted}: build it again")
        run_cell(self)
        if "widgets.Explorer(" in self.cell.source and (fault := sweep(self.parent.kernel.kc)):
            self.raise_cell_error("A control of the Explorer fails", fault)

    def compare_outputs(self, test: list, ref: list, skip_compare=None) -> bool:
        tags = self.cell.metadata.get("tags", [])
        self.comparison_traceback = differences(nb.normalise(ref), nb.normalise(test), tags)
        return not self.comparison_traceback

    # A subclass would not do: nbval names its class in its own constructor.
    cell_type.runtest, cell_type.compare_outputs = runtest, compare_outputs


def sweep(client: BlockingKernelClient) -> str:
    """Draw every Explorer of a kernel at every stop of every control; return what went wrong, or ""."""
    reply = client.execute(SWEEP, store_history=False, reply=True, timeout=nb.CELL_SECONDS)
    found = reply["content"]
    return f"{found['ename']}: {found['evalue']}" if found["status"] == "error" else ""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="notebooks or folders; default: course"
    )
    parser.add_argument("--changed", action="store_true", help="only what differs from main")
    parser.add_argument("--jobs", type=int, default=1, help="notebooks at once, one thread each")
    parser.add_argument("--repeat", type=int, default=1, help="runs; stops at the first failure")
    options = parser.parse_args(arguments)
    try:
        paths = find(options.paths or [nb.ROOT / "course"])
        if options.changed:
            paths = [path for path in paths if {path, path.with_suffix(".md")} & changed()]
    except nb.Refused as error:
        print(error, file=sys.stderr)
        return 2
    if not paths:
        print("no notebook to run")
        return 0
    os.environ.update(nb.kernel_environment())
    patch(nbval.plugin.IPyNbCell)
    for repetition in range(1, options.repeat + 1):
        if options.repeat > 1:
            print(f"run {repetition} of {options.repeat}", flush=True)
        if status := apart(paths, options.jobs) if options.jobs > 1 else run(paths):
            return status
    return 0


def apart(paths: list[Path], jobs: int) -> int:
    """Run each notebook in a process of its own, `jobs` at once; return the largest exit code.

    Two lessons of one torch thread each are done sooner on two cores than one after the other with two.
    """
    environment = os.environ | {"OMP_NUM_THREADS": "1"}

    def alone(path: Path) -> int:
        command = [sys.executable, __file__, str(path)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        print(f"{path}\n{done.stdout}{done.stderr}", flush=True)
        return done.returncode

    with ThreadPoolExecutor(jobs) as pool:
        return max(pool.map(alone, paths))


def run(paths: list[Path]) -> int:
    """Run each notebook in a kernel of its own; return pytest's exit code."""
    limits = [f"--nbval-cell-timeout={nb.CELL_SECONDS}", f"--timeout={nb.CELL_SECONDS + 60}"]
    # The project's own options keep nbval out, and make errors of warnings that nbval gives.
    own = [
        "--override-ini=addopts=",
        "--override-ini=filterwarnings=ignore",
        "-p",
        "no:cacheprovider",
    ]
    arguments = ["--nbval", "--nbval-current-env", "-q", "--durations=5", *limits, *own]
    return pytest.main([*arguments, *map(str, paths)], plugins=[Shares()])


def find(paths: list[Path]) -> list[Path]:
    """Return the notebooks named, or lying below the folders named; raises Refused for a wrong name."""
    found = []
    for path in paths:
        if not path.exists() or (path.is_file() and path.suffix != ".ipynb"):
            raise nb.Refused(f"{path}: give a notebook (.ipynb) or a folder")
        found += [path] if path.is_file() else sorted(path.rglob("[!.]*.ipynb"))
    return [path.resolve() for path in found if ".ipynb_checkpoints" not in path.parts]


def changed() -> set[Path]:
    """Return the files that differ from where this branch left main, committed or not."""
    for main_branch in ("origin/main", "main"):
        try:
            base = git("merge-base", main_branch, "HEAD")[0]
            break
        except subprocess.CalledProcessError:
            continue
    else:
        raise nb.Refused("--changed: git knows no branch main here; run without --changed")
    names = git("diff", "--name-only", base) + git("ls-files", "--others", "--exclude-standard")
    return {nb.ROOT / name for name in names}


def git(*arguments: str) -> list[str]:
    """Return the lines that a git command prints, run at the root."""
    command = ["git", "-C", str(nb.ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
