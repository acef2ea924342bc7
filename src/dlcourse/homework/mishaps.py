"""Mishaps that a machine can name: what stopped a cell or spoilt a file, and what to do."""

import re
import sys
import unicodedata

CONFLICT = re.compile(r"^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?\r?$", re.MULTILINE)
FILE = re.compile(r"\((?:<[^>]*>|\d+\.py), ")  # Python's name for a cell tells nobody anything
MODULE = re.compile(r"No module named '([\w.]{1,60})'", re.ASCII)
MAGIC = re.compile(
    r"(Line|Cell) magic function `(%%?\w{1,40})` not found|Cell magic `(%%\w{1,40})`"
)
USAGE = re.compile(r"^UsageError: (.*)", re.MULTILINE)
CHARACTER = re.compile(r"invalid .*U\+([0-9A-F]{4,5})\b.*\bline (\d{1,6})\)")
QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2032\u2033\u00b4"


def find_conflict(text: str) -> str:
    """Say where git has left the marks of a merge in a text, and what to do; '' if nowhere."""
    if not (found := CONFLICT.search(text)):
        return ""
    line = text.count("\n", 0, found.start()) + 1
    return (
        f"a git merge has left its conflict markers in line {line}: keep one of the two sides and "
        "delete the lines that begin with <<<<<<<, ======= and >>>>>>>"
    )


def find_version(nb: object) -> str:
    """Return the version of Python that a notebook was run with; '' if it does not say."""
    for key in ("metadata", "language_info", "version"):
        nb = nb.get(key) if isinstance(nb, dict) else None
    return nb if isinstance(nb, str) else ""


def find_error(outputs: list[dict]) -> tuple[str, str]:
    """Return kind and text of the first error in a cell's outputs; two empty strings if none."""
    for output in outputs:
        if output["output_type"] == "error":
            return output["ename"], output["evalue"]
        if found := USAGE.search(output["text"] if output.get("name") == "stderr" else ""):
            return "UsageError", found[1]  # of IPython, which tells it in no other way
    return "", ""


def describe(kind: str, text: str) -> str:
    """Return an error in one line, without the file's name that Python gives to a cell."""
    return " ".join(f"{kind}: {FILE.sub('(', text)}".split()).removesuffix(":")


def explain(kind: str, text: str, source: str, version: str = "") -> str:
    """Say what to do about a cell's error, in words of ours; '' where it says all that is known.

    `version` is of the Python that the notebook was made with. Of the error and the source, which
    are a student's, nothing is repeated but a name, a character or a number.
    """
    if kind == "SyntaxError":
        return find_conflict(source) or _character(text, source) or _newer(version)
    if kind == "ModuleNotFoundError" and (found := MODULE.fullmatch(text)):
        if found[1].startswith("google") and "google.colab" in source:
            return "google.colab exists in Colab alone: leave it out of what you hand in"
        return (
            f"{found[1]} is not installed here, and a file of yours does not come with the "
            "notebook: use what the course installs, and write your own code into the cell"
        )
    if kind == "UsageError" and (found := MAGIC.match(text)):
        magic = found[2] or found[3]
        if found[1] == "Line" and magic.startswith("%%"):
            return (
                f"{magic} works in the first line of a cell alone, where the marker stands here: "
                "leave it out"
            )
        return f"{magic} does not exist here: leave it out"
    return ""


def _character(text: str, source: str) -> str:
    found, lines = CHARACTER.match(text), source.split("\n")
    if not found or not 0 < int(found[2]) <= len(lines):
        return ""
    char = chr(int(found[1], 16))
    if char not in lines[int(found[2]) - 1]:
        return ""
    name = unicodedata.name(char, "without a name").lower()
    shown = f"{char} (U+{found[1]}, {name})" if char.isprintable() else f"U+{found[1]} ({name})"
    hint = "write straight quotes, ' or \"" if char in QUOTES else "type that place anew"
    return f"line {found[2]} holds {shown}, which Python does not read: {hint}"


def _newer(version: str) -> str:
    found, here = re.match(r"3\.(\d{1,3})\b", version), "{}.{}".format(*sys.version_info)
    if not found or int(found[1]) <= sys.version_info[1]:
        return ""
    return (
        f"the notebook was made with Python {found[0]} and runs here with {here}: what runs there "
        f"and not here is newer than {here}, so write it in an older way"
    )
