"""Kinds of damage to the cells of a right submission: what students, editors and Colab do to them.

DAMAGES are functions of a notebook (a dict, changed in place) and a random generator. HIDING are
those after which, in a mixture, an answer may not be found any more, though its text must still be
in the notebook.
"""

import copy
import functools
import itertools
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


# Of the nbgrader metadata of each answer and check.
FACTS = {
    "grade_flipped": lambda facts, rng: facts.update(grade=not facts.get("grade")),
    "solution_flipped": lambda facts, rng: facts.update(solution=not facts.get("solution")),
    "locked_flipped": lambda facts, rng: facts.update(locked=not facts.get("locked")),
    "task_set": lambda facts, rng: facts.update(task=True),
    "points_changed": lambda facts, rng: facts.update(
        points=rng.choice([99, -1, "", "many", None, [3], float("nan")])
    ),
    "schema_version_old": lambda facts, rng: facts.update(schema_version=rng.choice([0, 1, 2])),
    "schema_version_odd": lambda facts, rng: facts.update(
        schema_version=rng.choice(["3", 99, None, {}])
    ),
    "schema_version_missing": lambda facts, rng: facts.pop("schema_version", None),
    "grade_id_number": lambda facts, rng: facts.update(grade_id=7),
    "grade_id_list": lambda facts, rng: facts.update(grade_id=["double"]),
    "grade_id_same": lambda facts, rng: facts.update(grade_id="double"),
    "grade_id_unknown": lambda facts, rng: facts.update(grade_id="cell-0123456789abcdef"),
}
# Of each answer and check.
ODD_OUTPUTS = ["x", {"output_type": "no such"}, {"output_type": "stream", "text": 3}, None]
ODD_ATTACHMENTS = [[], "x", {"a": 3}, {"a": {"text/html": "<b>"}}, {"": {}}]
CELLS = {
    "empty_metadata": lambda cell, rng: cell.update(metadata={}),
    "no_metadata": lambda cell, rng: cell.pop("metadata", None),
    "metadata_is_no_dict": lambda cell, rng: cell.update(metadata=rng.choice([[], "x", 3, None])),
    "nbgrader_is_empty": lambda cell, rng: cell.update(metadata={"nbgrader": {}}),
    "nbgrader_is_no_dict": lambda cell, rng: cell.update(
        metadata={"nbgrader": rng.choice([[], "x", 3, None, True])}
    ),
    "id_missing": lambda cell, rng: cell.pop("id", None),
    "id_double": lambda cell, rng: cell.update(id="double"),
    "id_too_long": lambda cell, rng: cell.update(id="x" * 100),
    "id_odd": lambda cell, rng: cell.update(id=rng.choice([3, "a b", "", None, ["a"], "ü"])),
    "source_in_lines": lambda cell, rng: cell.update(source=text(cell).splitlines(True)),
    "outputs_odd": lambda cell, rng: cell.update(
        outputs=rng.choice([ODD_OUTPUTS, "x", None, {"a": 1}]),
        execution_count=rng.choice([float("nan"), "3", -1, 10**30]),
    ),
    "attachments_odd": lambda cell, rng: cell.update(attachments=rng.choice(ODD_ATTACHMENTS)),
    "type_missing": lambda cell, rng: cell.pop("cell_type", None),
    "keys_unknown": lambda cell, rng: cell.update(prompt_number=3, language="python"),
}


def change_facts(change, nb, rng):
    for cell in answers(nb) + checks(nb):
        facts = cell.get("metadata")
        facts = facts.get("nbgrader") if isinstance(facts, dict) else None
        if isinstance(facts, dict):
            change(facts, rng)


def change_cells(change, nb, rng):
    for cell in answers(nb) + checks(nb):
        change(cell, rng)


for way, table in ((change_facts, FACTS), (change_cells, CELLS)):
    DAMAGES |= {name: functools.partial(way, change) for name, change in table.items()}


@damage
def no_nbgrader(nb, rng):
    for cell in answers(nb) + checks(nb):
        if isinstance(cell.get("metadata"), dict):
            cell["metadata"].pop("nbgrader", None)


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
