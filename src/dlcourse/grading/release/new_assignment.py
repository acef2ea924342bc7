"""An assignment of an instructor's own, begun from a template that works as it stands."""

import keyword
import re
import shutil
import tomllib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dlcourse import checks

NAME = re.compile(r"(?:\d\d_)?([a-z][a-z0-9]*(?:_[a-z0-9]+)*)")
TEMPLATE = Path(__file__).with_name("template")


def create(root: Path, name: str) -> list[str]:
    """Write assignment `name`, with checks and answers, into the course `root`; return the paths.

    The checks become `dlcourse.checks.<name without its number>`. Raises ValueError, and writes
    nothing, for what cannot be a name and if anything of that name is there already.
    """
    if not (root / "solutions").is_dir():
        raise ValueError(f"{root.resolve()} is not the course's repository: it has no solutions/")
    matched = NAME.fullmatch(name)
    if not matched or keyword.iskeyword(matched[1]):
        raise ValueError(
            f"'{name}' cannot be an assignment's name: use lower-case letters, digits and "
            "single _, as in my_homework or 04_rnn"
        )
    module = matched[1]
    folders = [root / "solutions" / name, root / "tests/assignments" / name]
    code = root / "src/dlcourse/checks" / f"{module}.py"
    taken = [*folders, code, code.with_suffix(""), root / "assignments" / name]
    there = [path.relative_to(root).as_posix() for path in taken if path.exists()]
    if not there and hasattr(checks, module):
        there = [f"dlcourse.checks.{module}"]
    if there:
        raise ValueError(f"{there[0]} is there already: take another name, or remove it")
    course = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["dlcourse"]
    files = {folders[0] / f"{name}.md": "assignment.md.j2", code: "checks.py.j2"}
    sheet = (TEMPLATE / "assignment.md.j2").read_text("utf-8")
    part = re.findall(r"^# GRADED: (\S+)$", sheet, re.MULTILINE)[0]
    for path in sorted(TEMPLATE.glob("answers/*.j2")):
        files[folders[1] / part / path.stem] = f"answers/{path.name}"
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE), undefined=StrictUndefined, keep_trailing_newline=True
    )
    try:
        for path, template in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            text = environment.get_template(template).render(course, name=name, module=module)
            path.write_text(text, "utf-8", newline="\n")
    except BaseException:  # one file missing, or a hand on Ctrl-C: nothing is left of it
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        code.unlink(missing_ok=True)
        raise
    return [path.relative_to(root).as_posix() for path in files]
