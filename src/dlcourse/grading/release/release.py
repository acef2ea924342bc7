"""Release: nbgrader's generate_assignment for every assignment, then the search for leaks."""

import subprocess
import sys
from pathlib import Path

from dlcourse.files import keep_copy, write_file
from dlcourse.grading.preprocessors import OWN
from dlcourse.grading.release.leaks import Secrets
from dlcourse.homework.sheet import parts, read


def _keep(folder: Path) -> dict[Path, bytes]:
    """Return what nbgrader would delete with a release: zips, copies, and answers in the sheet."""
    sheet = folder / f"{folder.name}.ipynb"
    if sheet.exists() and any(part.attempted for part in parts(read(sheet), sheet)):
        keep_copy(sheet)
    own = (path for path in folder.rglob("*") if path.is_file() and OWN.search(path.name))
    return {path: path.read_bytes() for path in own}


def release(root: Path) -> list[str]:
    """Write assignments/ from solutions/ and return the names released.

    Raises ValueError, after removing the notebooks concerned, if one holds what students must not
    see; and if there is nothing to release or nbgrader refuses.
    """
    names = sorted({path.parent.name for path in root.glob("solutions/*/*.ipynb")})
    if not names:
        raise ValueError(f"{root.resolve()} has no solutions/*/*.ipynb; run `make notebooks` first")
    kept: dict[Path, bytes] = {}
    for name in names:
        kept |= _keep(root / "assignments" / name)
        command = [sys.executable, "-m", "nbgrader", "generate_assignment", name, "--force"]
        if subprocess.run(command, cwd=root).returncode:
            raise ValueError(f"nbgrader did not release {name}; its last lines above say why")
    secrets = Secrets(root / "solutions", root / "tests/assignments")
    leaks = []
    for path in sorted(p for p in (root / "assignments").rglob("*") if p.is_file()):
        found = secrets.search({path.relative_to(root).as_posix(): path.read_bytes()})
        if found:
            path.unlink()
            leaks += found
    for path, data in kept.items():
        write_file(path, data)
    if leaks:
        raise ValueError("not released, because it would give away:\n  " + "\n  ".join(leaks))
    return names
