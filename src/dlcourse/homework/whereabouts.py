"""Which notebook is meant where none is named: the one that calls, or the only homework here."""

import contextlib
import os
import sys
import time
from pathlib import Path

from dlcourse.homework.sheet import assignment, read
from dlcourse.runtime import CourseError


def find() -> Path:
    """Return the notebook that Python runs in, else the only homework here or under assignments/.

    Raises CourseError where there is none or more than one.
    """
    if own := find_own():
        return own
    found = homeworks("*.ipynb") or homeworks("assignments/*/*.ipynb")
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(map(str, found))
        raise CourseError(f"{len(found)} homeworks are here, say which: {names}")
    if "google.colab" in sys.modules:
        raise CourseError(
            "Colab keeps this notebook where Python cannot read it: choose File > Download > "
            "Download .ipynb, and hand in that file"
        )
    raise CourseError(
        f"no homework is in {Path.cwd()}: go to its folder, or say where the notebook is"
    )


def find_own() -> Path | None:
    """Return the file of the notebook that Python runs in, None where nobody says."""
    # JupyterLab and Notebook 7 tell the kernel in its environment, VS Code in a variable.
    told = [os.environ.get("JPY_SESSION_NAME", "")]
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
        told.insert(0, str(shell.user_ns.get("__vsc_ipynb_file__", "")))
    paths = [Path(each) for each in told if each.endswith(".ipynb")]
    return next((path for path in paths if path.is_file()), None)


def homeworks(pattern: str) -> list[Path]:
    """Return the assignments among the files here; copies that `dlcourse` kept are left out."""
    found = []
    for path in sorted(Path().glob(pattern)):
        with contextlib.suppress(ValueError, OSError):  # a broken or another notebook is not one
            if not path.name.endswith(".mine.ipynb"):
                assignment(read(path), path)
                found.append(path)
    return found


def tell_save(path: Path) -> str:
    """Name a notebook and when it was saved, as the browser may show a newer one."""
    saved = time.strftime("%d %b %H:%M:%S", time.localtime(path.stat().st_mtime))
    return f"{path.name} as saved on {saved}; later changes are not in it"
