"""Hand a homework notebook in, and put one of its parts back as it was released."""

import contextlib
import io
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from dlcourse.files import keep_copy, write_file
from dlcourse.homework.sheet import MAX_BYTES, assignment, parts, read
from dlcourse.runtime import CourseError

STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@.-]*")


def submit(notebook: str | Path, student: str, folder: str | Path = ".") -> tuple[Path, list[str]]:
    """Write the zip that `nbgrader zip_collect` takes; return its path and the parts not attempted.

    It holds <student>/<UTC time>/<assignment>.ipynb, so a renamed notebook or zip does no harm.
    Outputs are left out: grading makes its own. Raises CourseError for an id with other characters
    than letters, digits and @ . _ -, and for a notebook that is no assignment or too large.
    """
    path = Path(notebook)
    if not STUDENT.fullmatch(student):
        raise CourseError(f"'{student}' is no student id: use letters, digits and @ . _ - only")
    nb = read(path)
    name = assignment(nb, path)
    untouched = [part.name for part in parts(nb, path) if not part.attempted]
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    nb["metadata"].pop("widgets", None)
    data = json.dumps(nb, indent=1).encode()
    if len(data) > MAX_BYTES:
        raise CourseError(
            f"{path} has {len(data) >> 20} MB without its outputs, and {MAX_BYTES >> 20} can be "
            "handed in: make the pictures and data in its cells smaller"
        )
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{student}/{stamp}/{name}.ipynb", data)
    target = Path(folder) / f"{name}_{student}_{stamp}.zip"
    write_file(target, packed.getvalue())
    return target, untouched


def reset(part: str, notebook: str | Path | None = None) -> tuple[Path, Path]:
    """Put one part's answer back as it was released; return the notebook and the copy kept of it.

    Without a notebook, the one that has the part is looked for here and under assignments/.
    """
    path = Path(notebook) if notebook else _find(part)
    nb = read(path)
    assignment(nb, path)
    found = {each.name: each for each in parts(nb, path)}
    if part not in found:
        raise CourseError(f"{path} has no part '{part}'; it has: {', '.join(found)}")
    if found[part].stub is None:
        raise CourseError(f"{path} has lost what was released; fetch a new copy")
    copy = keep_copy(path)
    answer = nb["cells"][found[part].answer]
    answer["source"] = found[part].stub
    if answer["cell_type"] == "code":
        answer |= {"outputs": [], "execution_count": None}
    write_file(path, (json.dumps(nb, indent=1, ensure_ascii=False) + "\n").encode())
    return path, copy


def _find(part: str) -> Path:
    found = []
    for path in (*Path().glob("*.ipynb"), *Path().glob("assignments/*/*.ipynb")):
        with contextlib.suppress(ValueError):  # a broken or another notebook is not the one
            if not path.name.endswith(".mine.ipynb"):
                found += [path for each in parts(read(path), path) if each.name == part]
    if len(found) != 1:
        where = f"in {len(found)} notebooks here" if found else "in no notebook here"
        raise CourseError(f"part '{part}' is {where}; name one: dlcourse reset {part} NOTEBOOK")
    return found[0]
