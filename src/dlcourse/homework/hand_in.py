"""Hand a homework notebook in, and put one of its parts back as it was released."""

import contextlib
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from dlcourse.files import keep_copy, write_file
from dlcourse.homework import checking
from dlcourse.homework.processes import is_watched
from dlcourse.homework.sheet import MAX_BYTES, STUDENT, assignment, parts, read
from dlcourse.homework.whereabouts import find, homeworks, tell_save
from dlcourse.runtime import CourseError


@dataclass(frozen=True)
class Receipt:
    """What was written, and what the student should know of it; prints as text."""

    path: Path
    source: str
    untouched: list[str]
    failing: list[str]
    note: str = ""  # why the checks did not run

    def __repr__(self) -> str:
        told = [
            self.untouched and f"Not attempted yet: {', '.join(self.untouched)}.",
            self.failing and f"Failing the visible check: {', '.join(self.failing)}.",
            self.note and f"Not checked: {self.note}.",
            f"Wrote {self.path}: hand in this file. You can hand in again later.",
            f"It holds {self.source}. Grading makes the outputs anew.",
        ]
        return "\n".join(filter(None, told))


def submit(
    student: str = "",
    notebook: str | Path | None = None,
    folder: str | Path = ".",
    check: bool = True,
) -> Receipt | None:
    """Write the zip that `nbgrader zip_collect` takes, whatever the checks say, which run first.

    It holds <student>/<UTC time>/<assignment>.ipynb, so a renamed notebook or zip does no harm.
    Outputs are left out: grading makes its own. Which notebook is meant, and when nothing is done:
    as in `check`. An interrupt ends the checks and no more. Raises CourseError for an id with other
    characters than letters, digits and @ . _ -, and for a file that is not homework or too large.
    """
    if is_watched():
        return None
    student = str(student)  # a number, perhaps
    if not STUDENT.fullmatch(student) or student.endswith(".ipynb"):
        wanted = "put your own id there, of letters A to z, digits and @ . _ -"
        raise CourseError(f"'{student}' is no student id: {wanted}")
    path = Path(notebook or find())
    nb = read(path)
    saved = tell_save(path)
    name = assignment(nb, path)
    found = parts(nb, path)
    untouched = [part.name for part in found if not part.attempted]
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
    failing, note = _failing(path) if check and len(untouched) < len(found) else ([], "")
    target = Path(folder) / f"{name}_{student}_{stamp}.zip"
    write_file(target, packed.getvalue())
    return Receipt(target, saved, untouched, failing, note)


def _failing(path: Path) -> tuple[list[str], str]:
    """Return the parts whose visible check fails, or why that is not known."""
    stop = "Ctrl-C, in a notebook the stop button, hands in without"
    print(f"Running the checks first; {stop}.", flush=True)
    try:
        report = checking.check(path)
        lines = report.lines if report else []
        return [line.name for line in lines if line.verdict == "fails"], ""
    except KeyboardInterrupt:
        return [], "you stopped the checks"
    except Exception as error:  # whatever it is, the student can hand in
        return [], str(error)


def reset(part: str, notebook: str | Path | None = None) -> tuple[Path, Path]:
    """Put one part's answer back as it was released; return the notebook and the copy kept of it.

    Without a notebook, the one that has the part is looked for here and under assignments/.
    """
    path = Path(notebook) if notebook else _find(part)
    nb = read(path)
    assignment(nb, path)
    found = {each.name: each for each in parts(nb, path)}
    if part not in found:
        meant = _guess(part, found)
        raise CourseError(f"{path} has no part '{part}'{meant}; it has: {', '.join(found)}")
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
    found = defaultdict(list)
    for path in homeworks("*.ipynb") + homeworks("assignments/*/*.ipynb"):
        with contextlib.suppress(ValueError):  # an assignment without parts
            for each in parts(read(path), path):
                found[each.name].append(path)
    paths = found.pop(part, [])
    if len(paths) != 1:
        where = f"in {len(paths)} notebooks here" if paths else "in no notebook here"
        meant = "" if paths else _guess(part, found)
        advice = meant or f"; name one: dlcourse reset {part} NOTEBOOK"
        raise CourseError(f"part '{part}' is {where}{advice}")
    return paths[0]


def _guess(part: str, names: Iterable[str]) -> str:
    """Ask whether the nearest of some names was meant; '' if none is near."""
    return "".join(f" (did you mean {name}?)" for name in get_close_matches(part, names, 1))
