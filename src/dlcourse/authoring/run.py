"""Run notebooks with nbval and compare what their cells give with what the files hold."""

import argparse
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbval.plugin
import pytest

from dlcourse.authoring import notebooks as nb
from dlcourse.authoring import perturbation
from dlcourse.authoring.compare import differences

COMMAND = "dlcourse.authoring.run"
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


class Perturbed:
    """A pytest plug-in that perturbs what each notebook trains."""

    def __init__(self, seed: int) -> None:
        code = Path(perturbation.__file__).read_text("utf-8") + f"\nperturb({seed})"
        self.code = f"exec({code!r}, {{}})"  # no name of it is left among the reader's

    @pytest.hookimpl(trylast=True)  # the kernel is there, and nothing has run in it
    def pytest_runtest_setup(self, item) -> None:
        if item.cell_num == 0 and (fault := in_kernel(item.parent.kernel.kc, self.code)):
            raise RuntimeError(fault)


def patch(cell_type: type) -> None:
    """Give nbval's cells our comparison, a check of counts, and a sweep of their Explorers."""
    run_cell = cell_type.runtest

    def runtest(self) -> None:
        count, wanted = self.cell.execution_count, self.cell_num + 1
        if count != wanted:
            self.raise_cell_error(f"Execution count is {count}, not {wanted}: build it again")
        run_cell(self)
        client = self.parent.kernel.kc
        if "widgets.Explorer(" in self.cell.source and (fault := in_kernel(client, SWEEP)):
            self.raise_cell_error("A control of the Explorer fails", fault)

    def compare_outputs(self, test: list, ref: list, skip_compare=None) -> bool:
        tags = self.cell.metadata.get("tags", [])
        self.comparison_traceback = differences(nb.normalise(ref), nb.normalise(test), tags)
        return not self.comparison_traceback

    # A subclass would not do: nbval names its class in its own constructor.
    cell_type.runtest, cell_type.compare_outputs = runtest, compare_outputs


def in_kernel(client, code: str) -> str:
    """Run code in a kernel beside its cells; return what went wrong, or ""."""
    reply = client.execute(code, store_history=False, reply=True, timeout=nb.CELL_SECONDS)
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
    parser.add_argument("--perturb", **perturbation.OPTION)
    options = parser.parse_args(arguments)
    try:
        paths = find(options.paths or [nb.ROOT / "course"])
        if options.changed:
            paths = [path for path in paths if {path, path.with_suffix(".md")} & changed()]
        excused = shares(paths)
    except nb.Refused as error:
        print(error, file=sys.stderr)
        return 2
    if not paths:
        print("no notebook to run")
        return 0
    os.environ.update(nb.kernel_environment())
    patch(nbval.plugin.IPyNbCell)
    for repetition in range(options.repeat):
        # Each repetition is perturbed otherwise.
        seed = None if options.perturb is None else options.perturb + repetition
        if options.repeat > 1:
            print(f"run {repetition + 1} of {options.repeat}", flush=True)
        status = apart(paths, options.jobs, seed) if options.jobs > 1 else run(paths, seed)
        if status:
            break
    print(*excused, sep="\n")
    if seed is not None:
        print(perturbation.told(seed, f"python -m {COMMAND}"))
    return status


def shares(paths: list[Path]) -> list[str]:
    """Say for each notebook, and for all, how many cells the strict comparison excuses."""
    counts = {}
    for path in paths:
        cells = [cell for cell in nb.read_notebook(path).cells if cell.cell_type == "code"]
        tags = Counter(tag for cell in cells for tag in cell.metadata.get("tags", []))
        counts[f"{path.parent.name}/{path.stem}"] = tags | Counter(cells=len(cells))
    counts["all"] = sum(counts.values(), Counter())
    return [
        f"{name}: {count['cells']} cells"
        + "".join(
            f", {count[tag]} {tag} ({count[tag] / max(count['cells'], 1):.0%})"
            for tag in ("trained", "measured")
        )
        for name, count in counts.items()
    ]


def apart(paths: list[Path], jobs: int, seed: int | None) -> int:
    """Run each notebook in a process of its own, `jobs` at once; return the largest exit code.

    Two lessons of one thread each are done sooner on two cores than one after the other with two.
    """
    environment = os.environ | {"OMP_NUM_THREADS": "1"}

    def alone(path: Path) -> int:
        command = [sys.executable, "-m", COMMAND, str(path)]
        command += [] if seed is None else ["--perturb", str(seed)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        print(f"{path}\n{done.stdout}{done.stderr}", flush=True)
        return done.returncode

    with ThreadPoolExecutor(jobs) as pool:
        return max(pool.map(alone, paths))


def run(paths: list[Path], seed: int | None) -> int:
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
    plugins = [] if seed is None else [Perturbed(seed)]
    return pytest.main([*arguments, *map(str, paths)], plugins=plugins)


def find(paths: list[Path]) -> list[Path]:
    """Return the notebooks named or below the folders named; raise Refused for a wrong name."""
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
