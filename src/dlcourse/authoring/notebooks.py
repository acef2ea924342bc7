"""Notebooks as text: a MyST Markdown file is the source, the .ipynb beside it is built from it."""

import base64
import os
import re
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[3]
CHAPTERS = {
    "00_start_here": "Start here",
    "01_history": "History",
    "02_dnn": "Deep neural networks",
    "03_cnn": "Convolutional networks",
    "04_rnn": "Recurrent networks",
    "05_generative": "Generative models",
    "06_transformer": "Transformers",
    "07_llm": "Large language models",
    "08_diffusion": "Diffusion",
    "09_sam": "Segment anything",
}
CELL_SECONDS = 120
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "pygments_lexer": "ipython3",
}
PROGRESS = re.compile(r"\d+%\|.*\|")


class Refused(Exception):
    """A maintainer's mistake, told in one line that says what to do."""


def settings() -> dict[str, str]:
    """Return `[tool.dlcourse]` of pyproject.toml: repository and branch of the students' tree."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["dlcourse"]


def setup_source() -> str:
    """Return the set-up cell that every lesson begins with."""
    return (
        "try:\n"
        "    import dlcourse\n"
        "except ImportError:  # Colab, or a fresh machine: takes about half a minute\n"
        '    %pip install -q "dlcourse @ git+https://github.com/{repository}@{branch}"'
    ).format(**settings())


def sources() -> list[Path]:
    """Return every Markdown source of a notebook, in reading order."""
    return sorted(
        path for folder in ("course", "solutions") for path in ROOT.glob(f"{folder}/[!.]*/*.md")
    )


def kernel_environment() -> dict[str, str]:
    """Return the environment of a kernel: nobody looks, and the network is closed but loopback."""
    paths = [str(ROOT / "tests" / "offline"), os.environ.get("PYTHONPATH", "")]
    return os.environ | {
        "DLCOURSE_STATIC": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }


def read_text(path: Path) -> str:
    """Read a text file; raises Refused when it is not there or not UTF-8."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise Refused(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: cannot be read as UTF-8 text ({error})") from None


def read_notebook(path: Path) -> NotebookNode:
    """Read an .ipynb; raises Refused when it is none."""
    text = read_text(path)
    try:
        return nbformat.reads(text, as_version=4)
    except Exception as error:  # nbformat raises many kinds on a file that is not a notebook
        raise Refused(f"{path}: not a notebook ({first_line(error)})") from None


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, or its name where it has none."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def normalise(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return outputs without what differs from run to run or machine to machine.

    Dropped: live widgets, progress bars, memory addresses, absolute paths, and a picture that the
    HTML beside it holds as well. Pieces of one stream are joined.
    """
    kept: list[NotebookNode] = []
    copies: list[Any] = [nbformat.from_dict(output) for output in outputs]
    for output in copies:
        if output.output_type == "stream":
            if kept and kept[-1].get("name") == output.name:
                kept[-1].text += output.text
                continue
        elif "data" in output:
            html = output.data.get("text/html", "")
            output.data = {
                kind: value
                for kind, value in output.data.items()
                if "jupyter.widget" not in kind and encoded(kind, value) not in html
            }
        kept.append(output)
    for output in kept:
        if output.output_type == "stream":
            output.text = plain(drop_progress(output.text))
        for kind, value in output.get("data", {}).items():
            if kind.startswith("text/") and isinstance(value, str):
                output.data[kind] = plain(value)
    return [output for output in kept if not is_empty(output)]


def encoded(kind: str, value: object) -> str:
    """Return the address by which HTML holds a picture that stands beside it, as text or coded."""
    text = "".join(value) if isinstance(value, list) else str(value)
    if kind == "image/svg+xml":
        text = base64.b64encode(text.encode()).decode()
    return f"data:{kind};base64,{text}"


def is_empty(output: NotebookNode) -> bool:
    """Say whether nothing, or only a progress bar, is left of an output."""
    if output.output_type == "stream":
        return not output.text.strip()
    data = output.get("data", {"error": ""})
    return not data or (set(data) == {"text/plain"} and bool(PROGRESS.search(data["text/plain"])))


def drop_progress(text: str) -> str:
    """Return what a terminal would show in the end, without progress bars."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return "\n".join(line for line in lines if not PROGRESS.search(line))


def plain(text: str) -> str:
    """Mask memory addresses and paths of this machine, but nothing within base64."""
    text = re.sub(r"(?<![\w+/])0x[0-9a-fA-F]{7,}\b", "0x...", text)
    temporary = "|".join({re.escape(tempfile.gettempdir()), "/tmp", "/private/var/folders"})
    masks = {
        rf"{re.escape(sys.prefix)}\b": ".venv",
        rf"{re.escape(str(ROOT))}\b": ".",
        rf"(?:{temporary})/[^\s'\"<>:,)]*": "TMP",
        rf"{re.escape(str(Path.home()))}\b": "~",
    }
    for folder, name in masks.items():  # in this order: a checkout may lie in the temporary folder
        text = re.sub(rf"(?<![\w.~/+]){folder}", name, text)
    return text


def dumps(notebook: NotebookNode) -> str:
    """Return a notebook as the text of its file; raises Refused when it is not valid."""
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise Refused(first_line(error)) from None
    return nbformat.writes(notebook) + "\n"
