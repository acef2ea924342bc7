"""An assignment of four parts in torch, cheap to grade: for benchmark, soak and hostile suite."""

import copy
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[3]
NAME = "torch4"
IMPORTS = "import torch\nfrom torch import nn\n\nfrom dlcourse import checks"

SHRINK = """def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)"""
COSINE = """def cosine(a, b):
    a = a / a.norm(dim=1, keepdim=True)
    b = b / b.norm(dim=1, keepdim=True)
    return a @ b.T"""
STANDARDISE = """def standardise(x, eps):
    centred = x - x.mean(dim=1, keepdim=True)
    return centred / (centred.square().mean(dim=1, keepdim=True) + eps).sqrt()"""
LEARN = """def learn(x, y, steps):
    line = nn.Linear(x.shape[1], 1)
    nn.init.zeros_(line.weight)
    nn.init.zeros_(line.bias)
    optimizer = torch.optim.Adam(line.parameters(), lr=0.1)
    losses = []
    for _ in range(steps):
        loss = (line(x).squeeze(1) - y).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses"""
RIGHT = {"shrink": SHRINK, "cosine": COSINE, "standardise": STANDARDISE, "learn": LEARN}
POINTS = {"shrink": 2, "cosine": 3, "standardise": 2, "learn": 3}
WRONG = {  # each a misconception that the visible checks may or may not see
    "shrink": [
        "def shrink(x, t):\n    return (x - t).clamp(min=0)",
        "def shrink(x, t):\n    return x * (x.abs() > t)",
    ],
    "cosine": [
        "def cosine(a, b):\n    return a @ b.T",
        "def cosine(a, b):\n    return torch.cosine_similarity(a, b)",
    ],
    "standardise": [
        "def standardise(x, eps):\n"
        "    return (x - x.mean()) / (x.var(unbiased=False) + eps).sqrt()",
        "def standardise(x, eps):\n"
        "    return (x - x.mean(1, True)) / (x.var(1, keepdim=True) + eps).sqrt()",
    ],
    "learn": [
        LEARN.replace("torch.optim.Adam", "torch.optim.SGD"),
        LEARN.replace("        optimizer.zero_grad()\n", ""),
    ],
}
VISIBLE = {
    "shrink": """x = torch.tensor([-3.0, 0.5, 2.0])
value = checks.expect.result(shrink, (x, 1.0), names="x, t", look="part 1")
says = {"name": "shrink", "cause": "the sign is lost", "look": "part 1"}
checks.expect.close(value, torch.tensor([-2.0, 0.0, 1.0]), **says)""",
    "cosine": """a, b = torch.eye(2), 2 * torch.ones(3, 2)
value = checks.expect.result(cosine, (a, b), names="a, b", look="part 2")
says = {"name": "cosine", "cause": "the lengths are not taken out", "look": "part 2"}
checks.expect.close(value, torch.full((2, 3), 0.70711), **says)""",
    "standardise": """x = torch.tensor([[1.0, 3.0]])
value = checks.expect.result(standardise, (x, 0.0), names="x, eps", look="part 3")
says = {"name": "standardise", "cause": "another variance", "look": "part 3"}
checks.expect.close(value, torch.tensor([[-1.0, 1.0]]), **says)""",
    "learn": """x, y = torch.ones(4, 1), torch.ones(4)
value = checks.expect.result(learn, (x, y, 2), names="x, y, steps", look="part 4")
says = {"want": "two losses", "got": str(len(value)), "cause": "one a step", "look": "part 4"}
checks.expect.that(len(value) == 2, **says)
says = {"name": "the first loss", "cause": "the start is 0", "look": "part 4"}
checks.expect.close(torch.tensor(value[:1]), torch.ones(1), **says)""",
}
# Their text is what no student may ever see; SECRET stands in each.
SECRET = "_hidden_oracle"
HIDDEN = {
    "shrink": """_hidden_oracle_1 = torch.Generator().manual_seed(71)
for _hidden_shape in [(5,), (2, 3), (1, 4, 2)]:
    _hidden_x = torch.randn(_hidden_shape, generator=_hidden_oracle_1)
    _hidden_all = _hidden_x.flatten().tolist()
    _hidden_want = [max(abs(v) - 0.4, 0) * (1 if v > 0 else -1) for v in _hidden_all]
    value = checks.expect.result(shrink, (_hidden_x, 0.4), names="x, t", look="part 1")
    _hidden_want = torch.tensor(_hidden_want).reshape(_hidden_shape)
    _hidden_says = {"name": "shrink", "cause": "not for all signs", "look": "part 1"}
    checks.expect.close(value, _hidden_want, **_hidden_says)""",
    "cosine": """_hidden_oracle_2 = torch.Generator().manual_seed(72)
for _hidden_n, _hidden_m, _hidden_d in [(1, 1, 3), (4, 2, 5), (3, 3, 2)]:
    _hidden_a = torch.randn(_hidden_n, _hidden_d, generator=_hidden_oracle_2)
    _hidden_b = torch.randn(_hidden_m, _hidden_d, generator=_hidden_oracle_2)
    _hidden_pair = _hidden_a[:, None], _hidden_b[None]
    _hidden_want = torch.nn.functional.cosine_similarity(*_hidden_pair, dim=-1)
    value = checks.expect.result(cosine, (_hidden_a, _hidden_b), names="a, b", look="part 2")
    _hidden_says = {"name": "cosine", "cause": "not every pair", "look": "part 2"}
    checks.expect.close(value, _hidden_want, **_hidden_says)""",
    "standardise": """_hidden_oracle_3 = torch.Generator().manual_seed(73)
for _hidden_shape, _hidden_eps in [((3, 4), 1e-5), ((1, 7), 0.5), ((5, 2), 0.01)]:
    _hidden_x = 3 * torch.randn(_hidden_shape, generator=_hidden_oracle_3) + 2
    _hidden_want = torch.nn.functional.layer_norm(_hidden_x, _hidden_shape[1:], eps=_hidden_eps)
    _hidden_given = _hidden_x, _hidden_eps
    value = checks.expect.result(standardise, _hidden_given, names="x, eps", look="part 3")
    _hidden_says = {"cause": "not by row, or eps elsewhere", "look": "part 3"}
    checks.expect.close(value, _hidden_want, name="standardise", **_hidden_says)""",
    "learn": """_hidden_oracle_4 = torch.Generator().manual_seed(74)
for _hidden_n, _hidden_d, _hidden_steps in [(6, 2, 5), (3, 1, 12), (8, 4, 3)]:
    _hidden_x = torch.randn(_hidden_n, _hidden_d, generator=_hidden_oracle_4)
    _hidden_y = torch.randn(_hidden_n, generator=_hidden_oracle_4)
    _hidden_w = torch.zeros(_hidden_d + 1, dtype=torch.float64)
    _hidden_m, _hidden_v = torch.zeros_like(_hidden_w), torch.zeros_like(_hidden_w)
    _hidden_x1 = torch.cat([_hidden_x, torch.ones(_hidden_n, 1)], 1).double()
    _hidden_want = []
    for _hidden_t in range(1, _hidden_steps + 1):
        _hidden_r = _hidden_x1 @ _hidden_w - _hidden_y
        _hidden_want.append((_hidden_r @ _hidden_r).item() / _hidden_n)
        _hidden_g = 2 * _hidden_r @ _hidden_x1 / _hidden_n
        _hidden_m = 0.9 * _hidden_m + 0.1 * _hidden_g
        _hidden_v = 0.999 * _hidden_v + 0.001 * _hidden_g**2
        _hidden_s = (_hidden_v / (1 - 0.999**_hidden_t)).sqrt() + 1e-8
        _hidden_w = _hidden_w - 0.1 * _hidden_m / (1 - 0.9**_hidden_t) / _hidden_s
    _hidden_given = _hidden_x, _hidden_y, _hidden_steps
    value = checks.expect.result(learn, _hidden_given, names="x, y, steps", look="part 4")
    _hidden_says = {"cause": "one a step", "look": "part 4", "want": f"{_hidden_steps} losses"}
    checks.expect.that(len(value) == _hidden_steps, got=str(len(value)), **_hidden_says)
    _hidden_says = {"name": "the losses", "cause": "another optimizer", "look": "part 4"}
    _hidden_want = torch.tensor(_hidden_want)
    checks.expect.close(torch.tensor(value), _hidden_want, tolerance=1e-3, **_hidden_says)""",
}
# As the course's configuration, without any of its plug-ins: what nbgrader alone does.
STOCK = """
import os, sys
from pathlib import Path
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
c = get_config()
ROOT = Path(__file__).resolve().parent
(ROOT / "grading").mkdir(exist_ok=True)
c.CourseDirectory.course_id = "dlcourse"
c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.db_url = f"sqlite:///{ROOT}/grading/gradebook.db"
c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("your code here")'}
c.Execute.timeout = 60
"""


def source() -> NotebookNode:
    """Return the instructor's notebook."""
    cells = [
        new_markdown_cell(f"# Four parts\n<!-- ASSIGNMENT: {NAME} v1 -->", id="title"),
        new_code_cell(IMPORTS, id="imports"),
    ]
    for part, right in RIGHT.items():
        head, body = right.split("\n", 1)
        answer = f"# GRADED: {part}\n{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        check = (
            f"# CHECK: {part} · {POINTS[part]} points\n"
            "import torch\nfrom dlcourse import checks\n\n"
            f"{VISIBLE[part]}\n### BEGIN HIDDEN TESTS\n{HIDDEN[part]}\n### END HIDDEN TESTS\n"
            f"checks.points({POINTS[part]})"
        )
        cells += [
            new_code_cell(answer, id=part, metadata=_facts(part, solution=True)),
            new_code_cell(
                check, id=f"{part}-check", metadata=_facts(f"{part}-check", POINTS[part])
            ),
        ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _facts(grade_id: str, points: int | None = None, solution: bool = False) -> dict:
    facts = {"grade_id": grade_id, "grade": points is not None, "solution": solution, "task": False}
    facts |= {"locked": not solution, "schema_version": 3}
    return {"nbgrader": facts | ({"points": points} if points is not None else {})}


def make_course(root: Path, settings: str = "", stock: bool = False) -> NotebookNode:
    """Lay out and release a course of this assignment; return the released notebook.

    `settings` are lines added to the configuration; `stock` leaves out all plug-ins of the course.
    """
    root.mkdir(parents=True, exist_ok=True)
    for name in ("course_roster.py", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    config = STOCK if stock else (ROOT / "nbgrader_config.py").read_text("utf-8")
    (root / "nbgrader_config.py").write_text(f"{config}\n{settings}\n", encoding="utf-8")
    folder = root / "solutions" / NAME
    folder.mkdir(parents=True)
    nbformat.write(source(), folder / f"{NAME}.ipynb")
    run(root, [sys.executable, "-m", "nbgrader", "generate_assignment", NAME, "--force"])
    return nbformat.read(root / "assignments" / NAME / f"{NAME}.ipynb", as_version=4)


def run(root: Path, command: list[str]) -> str:
    """Run a command in a course; return what it wrote, or raise RuntimeError with that."""
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def fill(released: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """Return a submission: the released notebook with {part: text of its cell} filled in."""
    nb = copy.deepcopy(released)
    for cell in nb.cells:
        if cell.id in answers:
            cell.source = f"# GRADED: {cell.id}\n{answers[cell.id]}"
    return nb


def hand_in(root: Path, student: str, nb: NotebookNode | bytes) -> Path:
    """Put a submission where nbgrader collects it to; return its path."""
    folder = root / "grading/submitted" / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.ipynb"
    path.write_bytes(nb if isinstance(nb, bytes) else nbformat.writes(nb).encode())
    return path


def honest(number: int) -> tuple[dict[str, str], dict[str, int]]:
    """Return the answers of an honest student and the marks they must get.

    They are right, partly right or wrong. No two students hand in the same bytes.
    """
    answers, marks = {}, {}
    for place, part in enumerate(RIGHT):
        wrong = (number % 4 == 1 and place % 2 == number // 4 % 2) or number % 8 == 6
        text = WRONG[part][number // 8 % 2] if wrong else RIGHT[part]
        answers[part] = f"{text}\n# written by student {number}"
        marks[part] = 0 if wrong else POINTS[part]
    return answers, marks


def read_marks(root: Path) -> dict[str, dict[str, float | None]]:
    """Return {student: {part: automatic mark}} from a course's gradebook."""
    from nbgrader.api import Gradebook

    marks = {}
    with Gradebook(f"sqlite:///{root}/grading/gradebook.db") as gradebook:
        for submission in gradebook.assignment_submissions(NAME):
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            marks[submission.student.id] = {
                re.sub("-check$", "", grade.name): grade.auto_score for grade in grades
            }
    return marks
