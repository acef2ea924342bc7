"""A class of honest and hostile students, graded as one batch by the real `dlcourse grade`.

A case is a file in hostile/: its docstring says what it tries; then come comment lines `# earns:`
(parts, `all` or `none`), and where needed `# part:` (whose answer it is, else shrink; the other
answers are right), `# says:` (text that the check's message, the log or the report must hold) and
`# looks: yes` (a person must look). The rest is the text of the answer's cell; or a function
`damage(nb)` that gives the notebook to hand in, its bytes, or {file name: bytes}. @COURSE@ is the
course's folder, @PORT@ a server's on this machine, @MARK@ a word to know a process by.
"""

import ast
import html
import json
import os
import pickle
import re
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
import torch
import torch4
from filelock import FileLock

import dlcourse
from dlcourse.files import digest

CASES = sorted((Path(__file__).parent / "hostile").glob("*.py"))
HONEST = 6
SETTINGS = """
c.JailedExecute.timeout = 6
c.JailedExecute.limits = {"notebook_seconds": 40, "memory": 1200 << 20, "processes": 64}
"""
HEADER = re.compile(r"^# (earns|part|says|looks): (.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One hostile or unlucky submission."""

    name: str
    text: str
    facts: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> "Case":
        source = path.read_text("utf-8")
        return cls(path.stem, HEADER.sub("", source), dict(HEADER.findall(source)))

    @property
    def marks(self) -> dict[str, float]:
        """What each part must get."""
        earns = {"all": list(torch4.POINTS), "none": []}.get(
            self.facts["earns"], self.facts["earns"].split()
        )
        return {part: points * (part in earns) for part, points in torch4.POINTS.items()}

    def files(self, released: nbformat.NotebookNode, places: dict[str, str]) -> dict[str, bytes]:
        """Return what is handed in, {name: bytes}."""
        text = self.text
        for place, value in places.items():
            text = text.replace(place, value)
        if "def damage(nb)" in text:
            names: dict = {}
            exec(text, names)
            made = names["damage"](torch4.fill(released, torch4.RIGHT))
        else:
            part = self.facts.get("part", "shrink")
            made = torch4.fill(released, torch4.RIGHT | {part: text})
        if isinstance(made, dict) and "cells" not in made:
            return made
        made = made if isinstance(made, bytes) else json.dumps(made).encode()
        return {f"{torch4.NAME}.ipynb": made}


@dataclass
class Batch:
    """What is left of the batch."""

    root: Path
    rows: dict[str, dict]
    expected: dict[str, dict]
    before: dict[str, str]
    connections: int
    mark: str

    def notebook(self, student: str) -> nbformat.NotebookNode:
        path = self.root / "grading/autograded" / student / torch4.NAME / f"{torch4.NAME}.ipynb"
        return nbformat.read(path, as_version=4)

    def feedback(self, student: str) -> str:
        folder = self.root / "grading/feedback" / student / torch4.NAME
        return (folder / f"{torch4.NAME}.html").read_text("utf-8")


def installed() -> dict[str, str]:
    """Return {file: digest} of the packages that a student might change."""
    folders = (Path(dlcourse.__file__).parent, Path(torch.__file__).parent)
    files = (path for folder in folders for path in folder.rglob("*.py"))
    return {str(path): digest(path.read_bytes()) for path in files}


@pytest.fixture(scope="session")
def batch(tmp_path_factory) -> Batch:
    """The class, graded once, also where several processes run these tests."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    done = shared / "hostile.pickle"
    with FileLock(shared / "hostile.lock"):
        if not done.exists():
            done.write_bytes(pickle.dumps(grade_all(shared / "hostile/course")))
    return pickle.loads(done.read_bytes())


def grade_all(root: Path) -> Batch:
    """Grade everybody at once; a server on this machine counts who comes."""
    released = torch4.make_course(root, SETTINGS)
    mark, connections = f"hostile-{os.getpid()}", []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    connections.append(server.accept())
                except OSError:
                    return

        threading.Thread(target=listen, daemon=True).start()
        port = str(server.getsockname()[1])
        places = {"@COURSE@": str(root), "@PORT@": port, "@MARK@": mark}
        expected = {}
        for number in range(HONEST):
            answers, marks = torch4.honest(number)
            expected[f"honest_{number}"] = marks
            torch4.hand_in(root, f"honest_{number}", torch4.fill(released, answers))
        for path in CASES:
            for name, data in (case := Case.read(path)).files(released, places).items():
                folder = root / "grading/submitted" / case.name / torch4.NAME
                folder.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(data)
        before = installed()
        dlcourse_command = str(Path(sys.executable).with_name("dlcourse"))
        torch4.run(root, [dlcourse_command, "grade", torch4.NAME, "--jobs", "2"])
        # Feedback of those who read what they may not, and of some others.
        for student in [*(p.stem for p in CASES if p.stem.startswith(("read", "cheat_by_forged")))]:
            if (root / "grading/autograded" / student).exists():
                command = [sys.executable, "-m", "nbgrader", "generate_feedback", torch4.NAME]
                torch4.run(root, [*command, f"--student={student}"])
    rows = json.loads((root / f"grading/report/{torch4.NAME}.json").read_text())["students"]
    rows = {row["student"]: row for row in rows}
    return Batch(root, rows, expected, before, len(connections), mark)


def test_there_are_enough_cases():
    assert len(CASES) >= 65
    for path in CASES:
        assert ast.get_docstring(ast.parse(path.read_text().split("\n#")[0])), path


@pytest.mark.timeout(3000)
def test_every_honest_student_has_the_marks_earned(batch):
    assert {name: batch.rows[name]["parts"] for name in batch.expected} == batch.expected
    assert len(batch.rows) == HONEST + len(CASES)


@pytest.mark.timeout(3000)
def test_nothing_is_changed_reached_or_left_behind(batch):
    assert set(installed().items()) ^ set(batch.before.items()) == set()
    assert batch.connections == 0
    assert not list(batch.root.rglob("*HOSTILE*"))
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert batch.mark.encode() not in path.read_bytes(), path
        except OSError:
            continue  # it has just ended


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(batch, path):
    case = Case.read(path)
    row = batch.rows[case.name]
    if "looks" in case.facts:
        assert row["status"] == "ungraded"
        assert row["score"] is None
        assert row["reason"]
        assert "\n" not in row["reason"]
        return
    assert row["status"] == "graded", row["reason"]
    assert row["parts"] == case.marks, (row["log"], _errors(batch.notebook(case.name)))
    nb = batch.notebook(case.name)
    told = "\n".join([row["reason"], *row["log"]])
    for cell in nb.cells:
        outputs = cell.get("outputs", [])
        errors = [o.evalue for o in outputs if o.output_type == "error"]
        told = "\n".join([told, *errors])
        if cell.id.endswith("-check"):  # what got 0 says why
            assert row["parts"][cell.id.removesuffix("-check")] > 0 or any(errors), cell.id
        else:
            shown = json.dumps(outputs)
            for secret in (torch4.SECRET, "FOUND", "written by student", "CREATE TABLE"):
                assert secret not in shown
    assert case.facts.get("says", "") in told
    if (batch.root / "grading/feedback" / case.name).exists():
        page = re.sub("<[^>]+>", "", html.unescape(batch.feedback(case.name)))
        assert torch4.SECRET not in page


def _errors(nb: nbformat.NotebookNode) -> dict[str, list[str]]:
    return {
        cell.id: [o.evalue[:300] for o in cell.outputs if o.output_type == "error"]
        for cell in nb.cells
        if cell.get("outputs")
    }
