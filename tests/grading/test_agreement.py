"""What `dlcourse check` says of an answer is what grading gives for it, whatever it does."""

import copy
import json

import pytest
from conftest import grader
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dlcourse import homework
from dlcourse.grading import unit
from dlcourse.grading.rooms import isolation
from dlcourse.grading.rooms.limits import Limits
from dlcourse.homework import sheet

FILES = {"given.txt": b"2"}
RIGHT = "def NAME(x):\n    return 2 * x"
CUT = "\n-----\n"  # between cells; the answer is the one that defines NAME last, or has a marker

# What a student's cells hold, and whether they earn the point.
EARN = {
    "shell": f"!echo hello\n{RIGHT}",
    "shell-to-name": "answer = !echo 2\ndef NAME(x):\n    return int(answer[0]) * x",
    "shell-of-nothing": f"!nvidia-smi --no-such-option\n{RIGHT}",
    "pip": f"!pip install -q numpy\n{RIGHT}",
    "pip-magic": f"%pip install -q no-such-package-of-ours\n{RIGHT}",
    "bash": "%%bash\n"
    f"echo 2 > two.txt{CUT}two = int(open('two.txt').read())\ndef NAME(x):\n    return two * x",
    "writefile": "%%writefile helper.py\n"
    f"two = 2{CUT}from helper import two\ndef NAME(x):\n    return two * x",
    "released-file": "two = int(open('given.txt').read())\ndef NAME(x):\n    return two * x",
    "input": f"{RIGHT}\nname = input('try it: ')",
    "failing-try-out": f"{RIGHT}\ntorch.zeros(1).to('cuda:77')",
    "exit": f"{RIGHT}\nexit()",
    "quit": f"{RIGHT}\nquit()",
    "sys-exit": f"{RIGHT}\nimport sys\nsys.exit()",
    "exit-in-a-cell-of-its-own": f"{RIGHT}{CUT}exit()",
    "time": f"%time 1 + 1\n{RIGHT}",
    "timeit": f"%%timeit -n 1 -r 1\n1 + 1{CUT}{RIGHT}",
    "matplotlib-widget": f"%matplotlib widget\n{RIGHT}",
    "matplotlib-inline": "%matplotlib inline\n"
    f"import matplotlib.pyplot as plt\nplt.plot([1])\n{RIGHT}",
    "display": f"display({{'a': 1}})\n{RIGHT}",
    "two-megabytes": f"print('x' * 2_000_000)\n{RIGHT}",
    "await": f"import asyncio\nawait asyncio.sleep(0)\n{RIGHT}",
    "thread": "import threading, time\n"
    f"threading.Thread(target=time.sleep, args=(99,)).start()\n{RIGHT}",
    "noise": f"import this\n{RIGHT}",
    "future": f"from __future__ import annotations\n{RIGHT}",
    "star": f"from math import *\n{RIGHT}",
    "path": f"import sys\nsys.path.append('.')\n{RIGHT}",
    "if-true": "if True:\n    def NAME(x):\n        return 2 * x",
    "lambda": "NAME = lambda x: 2 * x",
    "windows-line-ends": f"{RIGHT}\n".replace("\n", "\r\n"),
    "two-cells": f"two = 2{CUT}def NAME(x):\n    return two * x",
    "in-a-cell-below-the-stub": f"# GRADED: PART\ndef NAME(x):\n    {sheet.STUB}{CUT}{RIGHT}",
    "mended-below": f"# GRADED: PART\ndef NAME(x):\n    return 0{CUT}{RIGHT}",
    "compiled": f"@torch.compile\n{RIGHT}",
    "seeded": f"torch.manual_seed(1)\n{RIGHT}",
    "deterministic": f"torch.use_deterministic_algorithms(True)\n{RIGHT}",
    "threads": f"torch.set_num_threads(8)\n{RIGHT}",
    "strict-numpy": f"import numpy as np\nnp.seterr(all='raise')\n{RIGHT}",
    "shadowed": f"sum = 3\nlist = 4\nchecks = None\n{RIGHT}",
    "double-precision": f"torch.set_default_dtype(torch.float64)\n{RIGHT}",
    "no-gradients": f"torch.set_grad_enabled(False)\n{RIGHT}",
    "strict-warnings": f"import warnings\nwarnings.simplefilter('error')\n{RIGHT}",
    "changed-folder": f"import os\nos.chdir('/')\n{RIGHT}",
    "cd": f"%cd -q /\n{RIGHT}",
    "deleted": f"del torch\n{RIGHT}",
    "checks-itself": f"from dlcourse import homework\nassert homework.check() is None\n{RIGHT}",
    "hands-itself-in": f"from dlcourse import homework as h\nassert h.submit('a') is None\n{RIGHT}",
}
FAIL = {  # those first that end Python: a new one runs again what stands above
    "end-of-python": f"{RIGHT}\nimport os\nos._exit(0)",
    "end-of-python-when-called": "def NAME(x):\n    import os\n    os._exit(0)",
    "crash": "import ctypes\nctypes.string_at(0)",
    "untouched": f"def NAME(x):\n    {sheet.STUB}",
    "empty": "",
    "own-file": "two = int(open('mine.txt').read())\ndef NAME(x):\n    return two * x",
    "module-beside": "from beside import two\ndef NAME(x):\n    return two * x",
    "module-not-there": f"import no_such_module\n{RIGHT}",
    "curly-quotes": f"print(“hello”)\n{RIGHT}",
    "cell-magic-below-the-marker": f"%%time\n{RIGHT}",
    "exit-above": f"exit()\n{RIGHT}",
    "coroutine": "async def NAME(x):\n    return 2 * x",
    "spoilt-below": f"# GRADED: PART\n{RIGHT}{CUT}def NAME(x):\n    return 0",
    "double-precision-inside": "import torch\ntorch.set_default_dtype(torch.float64)\n"
    "def NAME(x):\n    return x * torch.tensor([2.0])",
    "another-name": "def other(x):\n    return 2 * x",
}
EITHER = {  # by chance, which is the same chance in both
    "chance": "import random\ndef NAME(x):\n    return 2 * x if random.random() < 0.5 else x",
    "torch-chance": "import torch\ndef NAME(x):\n    return 2 * x if torch.rand(()) < 0.5 else x",
}


def release(names: list[str]) -> NotebookNode:
    """Return an assignment of one point a part."""
    cells = [
        new_markdown_cell("# Odd\n<!-- ASSIGNMENT: odd v1 -->", id="title"),
        new_code_cell("import torch\n\nfrom dlcourse import checks", id="imports"),
    ]
    for name in names:
        function = f"do_{name.replace('-', '_')}"
        stub = f"# GRADED: {name}\ndef {function}(x):\n    {sheet.STUB}"
        check = (
            f"# CHECK: {name} · 1 points\nresult = {function}(torch.ones(2))\n"
            'assert result.dtype == torch.float32, "as precise as x"\n'
            f'assert result.tolist() == [2, 2], "twice x"\nchecks.points(1)'
        )
        facts = grader(name, solution=True), grader(f"{name}-check", 1)
        cells.append(new_code_cell(stub, id=name, metadata=facts[0]))
        cells.append(new_code_cell(check, id=f"{name}-check", metadata=facts[1]))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    stubs = {cell.id: cell.source for cell in cells[2::2]}
    facts = {"kernelspec": kernel, "dlcourse_stubs": stubs, "dlcourse_files": list(FILES)}
    return new_notebook(cells=cells, metadata=facts)


def hand_in(released: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """Fill in answers; what stands before or after one in cells of its own comes there."""
    nb = copy.deepcopy(released)
    cells = []
    for cell in nb.cells:
        texts = answers[cell.id].split(CUT) if cell.id in answers else [cell.source]
        texts = [
            t.replace("NAME", "do_" + cell.id.replace("-", "_")).replace("PART", cell.id)
            for t in texts
        ]
        marked = [f"# GRADED: {cell.id}\n" in text for text in texts]
        at = marked.index(True) if any(marked) else 0 if "exit" in texts[-1] else len(texts) - 1
        for index, text in enumerate(texts):
            if index == at:
                if cell.id in answers and not any(marked):
                    text = f"# GRADED: {cell.id}\n{text}"
                cells.append(cell | {"source": text})
            else:
                cells.append(new_code_cell(text))
    return from_dict(nb | {"cells": cells})


@pytest.fixture(scope="module")
def rooms():
    with isolation.choose() as opened:
        yield opened


@pytest.fixture
def both(rooms, tmp_path, monkeypatch, recwarn):
    """Return what check and grading give for each part of a notebook."""

    def both(nb: dict, released: dict) -> tuple[dict[str, float], dict[str, float]]:
        (tmp_path / "odd.ipynb").write_text(json.dumps(nb))
        for name, data in (FILES | {"mine.txt": b"2", "beside.py": b"two = 2"}).items():
            (tmp_path / name).write_bytes(data)
        before = sorted(path.name for path in tmp_path.iterdir())
        monkeypatch.setenv("PIP_NO_INDEX", "1")  # no network in tests
        report = homework.check(tmp_path / "odd.ipynb")
        assert sorted(path.name for path in tmp_path.iterdir()) == before
        assert not recwarn.list
        assert "Traceback" not in repr(report)
        bundle = unit.Bundle("odd", released, FILES, Limits())
        result = unit.grade(json.dumps(nb).encode(), bundle, rooms)
        assert result.reason == ""
        marks = {name.removesuffix("-check"): mark for name, mark in result.marks.items()}
        return {line.name: line.earned for line in report.lines}, marks

    return both


@pytest.mark.timeout(900)
def test_check_and_grading_agree_on_every_odd_answer(both):
    odd = FAIL | EITHER | EARN
    released = release(list(odd))
    checked, graded = both(hand_in(released, odd), released)
    assert checked == graded
    assert {name for name in EARN if not graded[name]} == set()
    assert {name for name in FAIL if graded[name]} == set()


def test_a_stopped_cell_whose_answer_stands_is_mentioned(both, tmp_path):
    released = release(["a", "b"])
    nb = hand_in(released, {"a": f"{RIGHT}\ninput()", "b": f"{RIGHT}\nexit()"})
    both(nb, released)
    first, second = homework.check(tmp_path / "odd.ipynb").lines
    assert first.message.startswith("passes, but your cell stopped: StdinNotImplementedError")
    assert second.message == "passes, but your cell stopped: SystemExit: exit() stops this cell"


ANSWERS = {"a": RIGHT, "b": "def NAME(x):\n    return 3 * x", "c": RIGHT}


def doubled_with_the_stub_first(nb: NotebookNode, released: NotebookNode) -> list[dict]:
    return released.cells + nb.cells


def doubled_with_the_stub_last(nb: NotebookNode, released: NotebookNode) -> list[dict]:
    return nb.cells + released.cells


def doubled(nb: NotebookNode, released: NotebookNode) -> list[dict]:
    return nb.cells + nb.cells


def upside_down(nb: NotebookNode, released: NotebookNode) -> list[dict]:
    return nb.cells[:2] + nb.cells[:1:-1]


def without_metadata(nb: NotebookNode, released: NotebookNode) -> list[dict]:
    return [{**cell, "id": f"x{i}", "metadata": {}} for i, cell in enumerate(nb.cells)]


def answers_as_text(nb: NotebookNode, released: NotebookNode) -> list[dict]:
    turned = {**new_markdown_cell(nb.cells[2].source), "id": "a", "metadata": nb.cells[2].metadata}
    return [*nb.cells[:2], turned, *nb.cells[3:]]


def merged(nb: NotebookNode, released: NotebookNode) -> list[dict]:
    text = "\n".join(cell.source for cell in nb.cells[2:6])
    return [*nb.cells[:2], nb.cells[2] | {"source": text}, *nb.cells[6:]]


SHAPES = [
    *(doubled_with_the_stub_first, doubled_with_the_stub_last, doubled, upside_down),
    *(without_metadata, answers_as_text, merged),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_check_and_grading_agree_on_notebooks_out_of_shape(both, shape):
    released = release(list(ANSWERS))
    nb = hand_in(released, ANSWERS)
    checked, graded = both(nb | {"cells": shape(nb, released)}, released)
    assert checked == graded == {"a": 1, "b": 0, "c": 1}
