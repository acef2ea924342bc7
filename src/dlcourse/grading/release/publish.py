"""The students' copy of the course, from an allow-list and searched for leaks."""

import re
import tomllib
from pathlib import Path

from dlcourse.files import digest, write_file
from dlcourse.grading.release.leaks import Secrets
from dlcourse.publication import MANIFEST, read_manifest, write_manifest

# What students may see, as patterns below the root. What is not listed is not published.
ALLOWED = (
    *(f"course/**/*.{kind}" for kind in ("ipynb", "jpg", "png", "svg")),
    *(f"src/dlcourse/**/*.{kind}" for kind in ("py", "css", "js", "json", "safetensors")),
    *("course/*.md", "assignments/*/*.ipynb"),
    *("LICENSE", "LICENSE-TEXT", "constraints.txt", "environment.yml"),
)
WITHHELD = re.compile(
    r"^src/dlcourse/(grading|authoring)/|/\.ipynb_checkpoints/|/__pycache__/|\.mine\.ipynb$"
)
# Sections of pyproject.toml and extras that make no sense without tests and grading.
TOOLS = re.compile(r"tool\.(ruff|basedpyright|pytest|importlinter)")
EXTRAS = re.compile(r"(?ms)^(?:#[^\n]*\n)*(?:grade|dask|postgres|dev) = \[.*?\]\n")
# The Makefile is published up to the line that starts so.
INSTRUCTORS = "# Instructors and maintainers"
README = Path(__file__).with_name("student_readme.md")


def publish(root: Path, target: Path) -> list[str]:
    """Write what students may see of the course in `root` into `target`; return the paths.

    Raises ValueError if `target` holds anything but an untouched earlier publication, or if a
    solution, hidden test or wrong answer would be in it; nothing is written then.
    """
    if not (root / "solutions").is_dir():
        raise ValueError(f"{root.resolve()} is not the course's repository: it has no solutions/")
    old = _earlier(target)
    files = collect(root)
    leaks = find_leaks(root, files)
    if leaks:
        raise ValueError("not published, because it would give away:\n  " + "\n  ".join(leaks))
    for name, data in files.items():
        write_file(target / name, data)
    for name in old.keys() - files.keys():
        (target / name).unlink(missing_ok=True)
    write_manifest(target, files)
    return sorted(files)


def collect(root: Path) -> dict[str, bytes]:
    """Return {path: bytes} of the students' copy."""
    paths = {path for pattern in ALLOWED for path in root.glob(pattern) if path.is_file()}
    named = {path.relative_to(root).as_posix(): path for path in sorted(paths)}
    files = {name: path.read_bytes() for name, path in named.items() if not WITHHELD.search(name)}
    files["pyproject.toml"] = _pyproject((root / "pyproject.toml").read_text("utf-8")).encode()
    files["Makefile"] = (root / "Makefile").read_text("utf-8").split(INSTRUCTORS)[0].encode()
    files["README.md"] = README.read_bytes()
    files[".gitignore"] = b".venv/\n__pycache__/\n.ipynb_checkpoints/\n*.mine.*\n"
    # Bytes are compared with the manifest, so git must not change line ends.
    files[".gitattributes"] = b"* -text\n"
    return files


def find_leaks(root: Path, files: dict[str, bytes]) -> list[str]:
    """Return 'file: passage' for what students must not see.

    In an assignment one secret line is a leak. A lesson shows the neighbour of an exercise, so a
    line may well be the same there, but not three in a row.
    """
    secrets = Secrets(root / "solutions", root / "tests/assignments")
    homework = {name: data for name, data in files.items() if name.startswith("assignments/")}
    others = {name: data for name, data in files.items() if name not in homework}
    return secrets.search(homework) + secrets.search(others, run=3)


def _earlier(target: Path) -> dict[str, str]:
    """Return the manifest of an earlier publication in `target`; {} for an empty or no folder."""
    if not target.exists() or not any(p.name != ".git" for p in target.iterdir()):
        return {}
    if not (target / MANIFEST).exists():
        raise ValueError(f"{target} holds other files and no {MANIFEST}; name an empty folder")
    old = read_manifest(target)
    there = [name for name in old if (target / name).exists()]
    changed = [name for name in there if digest((target / name).read_bytes()) != old[name]]
    if changed:
        raise ValueError(
            f"{target} was changed by hand ({', '.join(changed)}); move that away first"
        )
    return old


def _pyproject(text: str) -> str:
    """Drop the extras and the tools of instructors from a pyproject.toml, and keep the rest."""
    sections = re.split(r"(?m)^(?=\[{1,2}[a-z])", text)
    kept = "".join(section for section in sections if not TOOLS.match(section.lstrip("[")))
    kept = EXTRAS.sub("", kept)
    left = tomllib.loads(kept)["project"]["optional-dependencies"]
    if set(left) != {"lab"}:
        raise ValueError(f"pyproject.toml: extras {sorted(left)} in place of lab alone")
    return kept.rstrip() + "\n"
