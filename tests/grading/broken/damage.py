"""Kinds of damage to a right submission: what students, editors, Colab and platforms do to notebooks.

DAMAGES changes a notebook (a dict) in place or returns another; BYTES makes the file's bytes of it.
HIDING are those after which, in a mixture, an answer may not be found any more, though its text
must still be in the notebook.
"""

import copy
import itertools
import json
import random
import re
from collections.abc import Callable

MARKER = re.compile(r"^(# (?:GRADED|CHECK): .*|<!-- GRADED: .*-->)\n?", re.MULTILINE)
Damage = Callable[[dict, random.Random], dict | None]
DAMAGES: dict[str, Damage] = {}
HIDING = set()


def damage(function: Damage) -> Damage:
    DAMAGES[function.__name__] = function
    return function


def hiding(function: Damage) -> Damage:
    HIDING.add(function.__name__)
    return damage(function)


def text(cell: object) -> str:
    found = cell.get("source") if isinstance(cell, dict) else ""
    return "".join(part for part in found or () if isinstance(part, str)) if found != 3 else ""


def has(cell: object, what: str) -> bool:
    return what in text(cell)


def answers(nb: dict) -> list[dict]:
    return [cell for cell in nb["cells"] if has(cell, " GRADED: ")]


def checks(nb: dict) -> list[dict]:
    return [c for c in nb["cells"] if has(c, "# CHECK: ") and not has(c, " GRADED: ")]


def plain(nb: dict) -> list[dict]:
    return [c for c in nb["cells"] if not has(c, " GRADED: ") and not has(c, "# CHECK: ")]


def every(kind: str):
    """Make a damage of a change to each cell's nbgrader metadata, of cells or of one kind."""

    def decorate(change):
        def function(nb, rng):
            for cell in answers(nb) + checks(nb):
                facts = cell.get("metadata")
                facts = facts.get("nbgrader") if isinstance(facts, dict) else None
                if kind == "cell" or isinstance(facts, dict):
                    change(cell if kind == "cell" else facts, rng)

        function.__name__ = change.__name__
        return damage(function)

    return decorate


@every("cell")
def no_nbgrader(cell, rng):
    if isinstance(cell.get("metadata"), dict):
        cell["metadata"].pop("nbgrader", None)


@every("cell")
def empty_metadata(cell, rng):
    cell["metadata"] = {}


@every("cell")
def no_metadata(cell, rng):
    cell.pop("metadata", None)


@every("cell")
def metadata_is_no_dict(cell, rng):
    cell["metadata"] = rng.choice([[], "x", 3, None])


@every("cell")
def nbgrader_is_empty(cell, rng):
    cell["metadata"] = {"nbgrader": {}}


@every("cell")
def nbgrader_is_no_dict(cell, rng):
    cell["metadata"] = {"nbgrader": rng.choice([[], "x", 3, None, True])}


@every("facts")
def grade_flipped(facts, rng):
    facts["grade"] = not facts.get("grade")


@every("facts")
def solution_flipped(facts, rng):
    facts["solution"] = not facts.get("solution")


@every("facts")
def locked_flipped(facts, rng):
    facts["locked"] = not facts.get("locked")


@every("facts")
def task_set(facts, rng):
    facts["task"] = True


@every("facts")
def points_changed(facts, rng):
    facts["points"] = rng.choice([99, -1, "", "many", None, [3], float("nan")])


@every("facts")
def schema_version_old(facts, rng):
    facts["schema_version"] = rng.choice([0, 1, 2])


@every("facts")
def schema_version_odd(facts, rng):
    facts["schema_version"] = rng.choice(["3", 99, None, {}])


@every("facts")
def schema_version_missing(facts, rng):
    facts.pop("schema_version", None)


@every("facts")
def grade_id_number(facts, rng):
    facts["grade_id"] = 7


@every("facts")
def grade_id_list(facts, rng):
    facts["grade_id"] = ["double"]


@every("facts")
def grade_id_same(facts, rng):
    facts["grade_id"] = "double"


@every("facts")
def grade_id_unknown(facts, rng):
    facts["grade_id"] = "cell-0123456789abcdef"


@every("cell")
def id_missing(cell, rng):
    cell.pop("id", None)


@every("cell")
def id_double(cell, rng):
    cell["id"] = "double"


@every("cell")
def id_too_long(cell, rng):
    cell["id"] = "x" * 100


@every("cell")
def id_odd(cell, rng):
    cell["id"] = rng.choice([3, "with space", "", None, ["a"], "ü"])


@every("cell")
def source_in_lines(cell, rng):
    cell["source"] = text(cell).splitlines(keepends=True)


@every("cell")
def outputs_odd(cell, rng):
    odd = ["x", {"output_type": "no such"}, {"output_type": "stream", "text": 3}, None]
    cell["outputs"] = rng.choice([odd, "x", None, {"a": 1}])
    cell["execution_count"] = rng.choice([float("nan"), "3", -1, 10**30])


@every("cell")
def attachments_odd(cell, rng):
    cell["attachments"] = rng.choice([[], "x", {"a": 3}, {"a": {"text/html": "<b>"}}, {"": {}}])


@every("cell")
def keys_unknown(cell, rng):
    cell |= {"prompt_number": 3, "collapsed": True, "language": "python"}


@damage
def grade_ids_swapped(nb, rng):
    cells = [c for c in nb["cells"] if has(c, "GRADED: ") and isinstance(c.get("metadata"), dict)]
    cells = [cell for cell in cells if isinstance(cell["metadata"].get("nbgrader"), dict)]
    if len(cells) > 1:
        one, two = (cell["metadata"]["nbgrader"] for cell in rng.sample(cells, 2))
        one["grade_id"], two["grade_id"] = two.get("grade_id"), one.get("grade_id")


@damage
def colab(nb, rng):
    nb |= {"nbformat_minor": 0}
    nb["metadata"] = {
        "colab": {"provenance": []},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    for cell in nb["cells"]:
        if isinstance(cell, dict):
            cell["metadata"] = {"id": "a1B2c3D4e5F6"}
            cell.pop("id", None)


@hiding
def markers_gone(nb, rng):
    for cell in answers(nb) + checks(nb):
        cell["source"] = MARKER.sub("", text(cell))


@damage
def answers_to_markdown(nb, rng):
    for cell in answers(nb):
        cell["cell_type"] = "markdown"


@damage
def answers_to_raw(nb, rng):
    for cell in answers(nb):
        cell["cell_type"] = "raw"


@damage
def answers_to_code(nb, rng):
    for cell in answers(nb):
        cell["cell_type"] = "code"


@damage
def type_unknown(nb, rng):
    for cell in nb["cells"]:
        if isinstance(cell, dict):
            cell["cell_type"] = rng.choice(["python", 3, None, ["code"], "Code"])


@damage
def type_missing(nb, rng):
    for cell in answers(nb) + checks(nb):
        cell.pop("cell_type", None)


@damage
def checks_edited(nb, rng):
    for cell in checks(nb):
        cell["source"] = text(cell).split("\n")[0] + "\nassert True\n99"


@damage
def check_deleted(nb, rng):
    if found := checks(nb):
        nb["cells"].remove(rng.choice(found))


@damage
def checks_deleted(nb, rng):
    gone = list(map(id, checks(nb)))
    nb["cells"] = [cell for cell in nb["cells"] if id(cell) not in gone]


@damage
def checks_copied(nb, rng):
    for cell in checks(nb):
        nb["cells"].insert(rng.randrange(len(nb["cells"])), copy.deepcopy(cell))


@damage
def checks_to_markdown(nb, rng):
    for cell in checks(nb):
        cell["cell_type"] = "markdown"


@damage
def checks_first(nb, rng):
    nb["cells"].sort(key=lambda cell: not has(cell, "# CHECK: "))


@damage
def shuffled(nb, rng):
    rng.shuffle(nb["cells"])


@damage
def turned_round(nb, rng):
    nb["cells"].reverse()


@damage
def stubs_copied(nb, rng):
    stubs = nb["metadata"].get("dlcourse_stubs") if isinstance(nb.get("metadata"), dict) else {}
    for name, stub in stubs.items() if isinstance(stubs, dict) else ():
        facts = {"grade_id": name, "solution": True, "schema_version": 3}
        cell = {"cell_type": "code", "source": stub, "metadata": {"nbgrader": facts}, "id": name}
        nb["cells"].insert(rng.randrange(len(nb["cells"]) + 1), cell)


@damage
def answers_copied(nb, rng):
    nb["cells"] += copy.deepcopy(answers(nb))


@hiding
def drafts_before(nb, rng):
    for cell in answers(nb):
        draft = copy.deepcopy(cell)
        draft["source"] = text(draft) + "\n# an earlier draft"
        nb["cells"].insert(nb["cells"].index(cell), draft)


@damage
def answers_merged(nb, rng):
    """All from the first answer to the last in one cell."""
    code = [cell for cell in nb["cells"] if has(cell, "# GRADED: ") or has(cell, "# CHECK: ")]
    if code:
        code[0]["source"] = "\n\n".join(text(cell) for cell in code)
        rest = list(map(id, code[1:]))
        nb["cells"] = [cell for cell in nb["cells"] if id(cell) not in rest]


@damage
def checks_merged(nb, rng):
    """Each check in the cell of its answer."""
    cells = nb["cells"]
    for one, two in list(itertools.pairwise(cells)):
        if has(one, "# GRADED: ") and has(two, "# CHECK: ") and not has(one, "# CHECK: "):
            one["source"] = text(one) + "\n\n" + text(two)
            cells.remove(two)


@damage
def entries_that_are_no_cells(nb, rng):
    for entry in (None, 3, "text", [], {}, True):
        nb["cells"].insert(rng.randrange(len(nb["cells"]) + 1), entry)


@damage
def own_cells(nb, rng):
    for mine in ("x = 1", "def helper():\n    return 2", "", "%%bash\nls"):
        cell = {"cell_type": "code", "source": mine, "metadata": {}, "outputs": [], "id": "a"}
        nb["cells"].insert(rng.randrange(len(nb["cells"]) + 1), cell)


@damage
def own_check(nb, rng):
    facts = {"grade_id": "mine", "grade": True, "points": 99, "locked": True, "schema_version": 3}
    cell = {"cell_type": "code", "source": "99", "metadata": {"nbgrader": facts}, "id": "mine"}
    nb["cells"].append(cell)


@damage
def plain_deleted(nb, rng):
    gone = list(map(id, plain(nb)))
    nb["cells"] = [cell for cell in nb["cells"] if id(cell) not in gone]


@damage
def plain_without_source(nb, rng):
    for cell in plain(nb):
        if isinstance(cell, dict):
            cell["source"] = rng.choice([3, None, {"a": 1}, [1, "x"]])
            if cell["source"] is None:
                del cell["source"]


@damage
def surrogates(nb, rng):
    nb["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "half \ud83d of a pair"})


@damage
def format_5(nb, rng):
    nb |= {"nbformat": 5, "nbformat_minor": 99}


@damage
def format_missing(nb, rng):
    nb.pop("nbformat", None), nb.pop("nbformat_minor", None)


@damage
def format_odd(nb, rng):
    nb |= {"nbformat": rng.choice(["4", None, [4], -4]), "nbformat_minor": "x"}


@damage
def minor_missing(nb, rng):
    nb.pop("nbformat_minor", None)


@damage
def kernel_unknown(nb, rng):
    nb["metadata"] = {"kernelspec": {"name": "conda-env-dl", "display_name": "x"}}


@damage
def language_other(nb, rng):
    nb["metadata"] = {"kernelspec": {"name": "ir", "language": "R"}, "language_info": {"name": "R"}}


@damage
def metadata_of_the_notebook_gone(nb, rng):
    nb.pop("metadata", None)


@damage
def metadata_of_the_notebook_odd(nb, rng):
    nb["metadata"] = rng.choice([[], "x", None, {"kernelspec": []}, {"kernelspec": {"name": [1]}}])


@damage
def keys_of_the_notebook_unknown(nb, rng):
    nb |= {"worksheets": [{"cells": []}], "signature": "sha256:0", "name": ""}


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


# The file that holds the notebook: {name: bytes of a notebook}.
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
