"""Kinds of damage to a notebook as a whole, and to the file that it is written in."""

import json
from collections.abc import Callable

# {name: function of a notebook, changed in place, and a random generator}
WHOLE = {
    "format_5": lambda nb, rng: nb.update(nbformat=5, nbformat_minor=99),
    "format_missing": lambda nb, rng: nb.pop("nbformat", None),
    "format_odd": lambda nb, rng: nb.update(nbformat=rng.choice(["4", None, [4], -4])),
    "minor_missing": lambda nb, rng: nb.pop("nbformat_minor", None),
    "minor_odd": lambda nb, rng: nb.update(nbformat_minor="x"),
    "kernel_unknown": lambda nb, rng: nb.update(metadata={"kernelspec": {"name": "conda-env-dl"}}),
    "language_other": lambda nb, rng: nb.update(
        metadata={"kernelspec": {"name": "ir", "language": "R"}, "language_info": {"name": "R"}}
    ),
    "metadata_of_the_notebook_gone": lambda nb, rng: nb.pop("metadata", None),
    "metadata_of_the_notebook_odd": lambda nb, rng: nb.update(
        metadata=rng.choice([[], "x", None, {"kernelspec": []}, {"kernelspec": {"name": [1]}}])
    ),
    "keys_of_the_notebook_unknown": lambda nb, rng: nb.update(worksheets=[{"cells": []}], name=""),
}


def format_3(nb: dict) -> bytes:
    cells = []
    for cell in nb["cells"]:
        cell = dict(cell) if isinstance(cell, dict) else {}
        if cell.get("cell_type") == "code":
            cell |= {"input": cell.pop("source", ""), "language": "python", "prompt_number": 1}
        cells.append(cell)
    cells.append({"cell_type": "heading", "level": 2, "source": "The end"})
    old = {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}], "metadata": {}}
    return json.dumps(old).encode()


def written(nb: dict) -> str:
    return json.dumps(nb, indent=1)


# {name: function that gives the bytes of a notebook}
BYTES: dict[str, Callable[[dict], bytes]] = {
    "format_3": format_3,
    "byte_mark": lambda nb: b"\xef\xbb\xbf" + written(nb).encode(),
    "utf_16": lambda nb: written(nb).encode("utf-16"),
    "utf_16_without_mark": lambda nb: written(nb).encode("utf-16-le"),
    "trailing_garbage": lambda nb: written(nb).encode() + b'\n}\n]}<<<<<<< HEAD "\xff',
    "trailing_zeros": lambda nb: written(nb).encode() + b"\0" * 4096,
    "leading_space": lambda nb: b"\r\n\t " + written(nb).encode(),
    "double_keys": lambda nb: b'{"cells": [], "nbformat": 2,' + written(nb).encode()[1:],
    "not_a_number": lambda nb: b'{"x": NaN, "y": [-Infinity, 1e999],' + written(nb).encode()[1:],
    "long_number": lambda nb: b'{"x": ' + b"9" * 5000 + b"," + written(nb).encode()[1:],
    "bytes_that_are_no_text": lambda nb: b'{"x": "\xff\xfe\x80",' + written(nb).encode()[1:],
    "windows_lines": lambda nb: written(nb).replace("\n", "\r\n").encode(),
}
