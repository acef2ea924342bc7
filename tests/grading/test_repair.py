import copy
import json
import random
import runpy
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.preprocessors import CheckCellMetadata, DeduplicateIds, OverwriteCells

from dlcourse.grading import notebook
from dlcourse.grading.repair import Repair, Unreadable, repair
from dlcourse.homework import STUB, WRITTEN_STUB, source

KINDS = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("broken") / "damage.py")))
EVERY = [*KINDS.DAMAGES, *KINDS.BYTES]


class Case:
    """An assignment and a right submission of it."""

    def __init__(self, root: Path, name: str):
        release = json.loads((root / f"assignments/{name}/{name}.ipynb").read_bytes())
        secret = json.loads((root / f"solutions/{name}/{name}.ipynb").read_bytes())
        sources = {cell["id"]: source(cell) for cell in secret["cells"]}
        self.right = copy.deepcopy(release)
        self.texts, self.checks = {}, {}
        for cell, mine in zip(release["cells"], self.right["cells"]):
            facts = cell["metadata"].get("nbgrader", {})
            if facts.get("solution"):
                mine["source"] = source(cell).replace(STUB, f"return '{cell['id']}'  # ü\n")
                mine["source"] = mine["source"].replace(WRITTEN_STUB, f"*Because: {cell['id']}.*")
                self.texts[cell["id"]] = mine["source"].strip()
            elif facts.get("grade"):
                cell["source"] = self.checks[cell["id"]] = sources[cell["id"]]
        self.release = release

    def damaged(self, names: list[str], seed: int) -> bytes:
        rng, nb, file = random.Random(seed), copy.deepcopy(self.right), KINDS.written
        for name in names:
            if name in KINDS.BYTES:
                file = KINDS.BYTES[name]
            else:
                nb = KINDS.DAMAGES[name](nb, rng) or nb
        data = file(nb)
        return data if isinstance(data, bytes) else data.encode()

    def mend(self, nb: dict | bytes) -> tuple[dict, list[str]]:
        data = nb if isinstance(nb, bytes) else json.dumps(nb).encode()
        before = copy.deepcopy(self.release)
        whole, log = repair(data, self.release)
        assert self.release == before
        assert all(line and line.isprintable() for line in log)
        self.assert_whole(whole)
        return whole, log

    def assert_whole(self, whole: dict) -> None:
        """All of the release is there and nothing else of nbgrader's; again changes nothing."""
        nbformat.validate(whole)
        found = [cell for cell in whole["cells"] if "nbgrader" in cell["metadata"]]
        wanted = [cell for cell in self.release["cells"] if "nbgrader" in cell["metadata"]]
        for cell, want in zip(found, wanted, strict=True):
            assert {**cell, "source": ""} == {**want, "source": ""}
            assert cell["metadata"]["nbgrader"]["solution"] or cell["source"] == want["source"]
        assert {**whole, "cells": []} == {**self.release, "cells": []}
        assert all(not c.get("outputs") and not c.get("execution_count") for c in whole["cells"])
        assert repair(json.dumps(whole).encode(), self.release) == (whole, [])
        whole = nbformat.from_dict(whole)
        CheckCellMetadata().preprocess(whole, {})
        assert DeduplicateIds().preprocess(copy.deepcopy(whole), {})[0] == whole

    def cell(self, nb: dict, name: str) -> dict:
        return next(cell for cell in nb["cells"] if cell.get("id") == name)


@pytest.fixture(scope="module", params=["tiny", "03_cnn"])
def case(request, released, loop) -> Case:
    return Case(released if request.param == "tiny" else loop.root, request.param)


@pytest.fixture(scope="module")
def tiny(released) -> Case:
    return Case(released, "tiny")


def sources(nb: dict) -> list[str]:
    return [cell["source"] for cell in nb["cells"]]


def test_a_right_submission_stays_as_it_is(case):
    whole, log = case.mend(case.right)
    assert log == []
    assert sources(whole) == [
        case.checks.get(cell["id"], source(cell)) for cell in case.right["cells"]
    ]


def test_an_untouched_notebook_stays_as_it_is(case):
    assert case.mend(case.release) == (case.mend(case.release)[0], [])
    assert sources(case.mend(case.release)[0]) == list(map(source, case.release["cells"]))


@pytest.mark.parametrize("name", EVERY)
def test_any_damage_leaves_every_answer_and_the_checks_of_the_release(case, name):
    whole, log = case.mend(case.damaged([name], 1))
    for part, text in case.texts.items():
        text = KINDS.MARKER.sub("", text) if name == "markers_gone" else text
        assert text in case.cell(whole, part)["source"]
    quiet = {"leading_space", "windows_lines", "double_keys", "not_a_number", "long_number"}
    quiet |= {"source_in_lines", "outputs_odd", "attachments_odd", "keys_unknown", "surrogates"}
    quiet |= {"own_cells", "plain_deleted", "minor_missing"}
    quiet |= {"keys_of_the_notebook_unknown", "trailing_zeros"}
    assert bool(log) == (name not in quiet)


def test_there_are_forty_kinds_of_damage():
    assert len(EVERY) >= 40


@pytest.mark.parametrize("seed", range(150))
def test_mixed_damage_leaves_every_answer_in_its_place(case, seed):
    names = [name for name in KINDS.DAMAGES if name not in KINDS.HIDING]
    rng = random.Random(seed)
    names = rng.sample(names, rng.randint(2, 9)) + rng.sample(list(KINDS.BYTES), 1)
    whole, _ = case.mend(case.damaged(names, seed))
    for part, text in case.texts.items():
        assert text in case.cell(whole, part)["source"], names


@pytest.mark.parametrize("seed", range(150))
def test_no_mixture_of_damage_loses_a_text(case, seed):
    rng = random.Random(seed)
    names = [name for name in KINDS.DAMAGES if name not in KINDS.HIDING]
    names = [*rng.sample(names, rng.randint(2, 9)), *sorted(KINDS.HIDING)]
    try:
        whole, _ = case.mend(case.damaged(names, seed))
    except Unreadable:
        return  # then a person looks, and the upload is as it was
    kept = "\n\n".join(sources(whole))
    for text in case.texts.values():
        assert KINDS.MARKER.sub("", text) in kept, names
