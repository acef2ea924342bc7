"""Open the course in JupyterLab, with the settings in `labconfig/`."""

import os
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from dlcourse.runtime import CourseError

START = Path("course/00_start_here/00_start_here.ipynb")
# The text that a lesson is built from lies beside it, for those who write lessons. The rest is the
# server's own list, which ours replaces.
HIDDEN = ("[0-9][0-9]_*.md", "__pycache__", "*.pyc", "*.pyo", ".DS_Store", "*~")


def find_root(start: Path) -> Path | None:
    """Return the nearest folder, from `start` upward, that holds the first lesson, or None."""
    return next((folder for folder in (start, *start.parents) if (folder / START).is_file()), None)


def arguments(root: Path, args: Sequence[str] = ()) -> list[str]:
    """Return JupyterLab's command line for the course in `root`; the reader's own `args` win."""
    # JupyterLab refuses to run as root unless told; in a container there is often nobody else.
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    lesson = f"--LabApp.default_url=/lab/tree/{START.as_posix()}"
    hidden = [f"--ContentsManager.hide_globs={name}" for name in HIDDEN]
    return [f"--ServerApp.root_dir={root}", lesson, *hidden, *_shell(), *as_root, *args]


def _shell() -> list[str]:
    """Return the option by which terminals keep the PATH that they are given.

    Where JupyterLab was not started in a terminal it opens login shells, and these set PATH anew.
    """
    shell = os.environ.get("SHELL") or "sh"
    return [] if os.name == "nt" else [f"--ServerApp.terminado_settings=shell_command={shell}"]


def open(args: Sequence[str] = ()) -> None:
    """Serve the course until the reader stops it, `args` going to JupyterLab.

    Raises CourseError when no course is in this folder or above, ImportError without JupyterLab.
    """
    from jupyterlab.labapp import LabApp

    root = find_root(Path.cwd())
    if root is None:
        raise CourseError(
            f"no {START.as_posix()} here or above: go to the course's folder and try again"
        )
    # JupyterLab reads <config path>/labconfig/*.json, and labconfig/ lies beside this file.
    paths = [str(Path(__file__).parent), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    # For terminals and kernels: `dlcourse` and `python` are those that serve the course.
    own = [sysconfig.get_path("scripts"), os.path.dirname(sys.executable)]
    path = [*dict.fromkeys(own), os.environ.get("PATH", "")]
    os.environ["PATH"] = os.pathsep.join(filter(None, path))
    LabApp.launch_instance(arguments(root, args))
