"""The whole loop by nbgrader's own commands: release, collect, grade, feedback, export."""

import shutil

import nbformat
import pytest
import simulate_class

from dlcourse import homework

# What an endless loop is given; the rest needs less, even on a slow machine.
SHORT_WAIT = "\nc.JailedExecute.timeout = 45\n"


@pytest.mark.timeout(900)
def test_a_class_of_ten_gets_the_marks_it_must(loop, tmp_path):
    for name in ("nbgrader_config.py", "course_roster.py"):
        shutil.copy(loop.root / name, tmp_path)
    for folder in ("solutions/03_cnn", "tests/assignments/03_cnn"):
        shutil.copytree(loop.root / folder, tmp_path / folder)
    with (tmp_path / "nbgrader_config.py").open("a") as config:
        config.write(SHORT_WAIT)
    loop.run_nbgrader(tmp_path, "generate_assignment", "03_cnn", "--force")
    released = "assignments/03_cnn/03_cnn.ipynb"
    stale = "solutions/ has changed since assignments/ was released: run `make release`"
    assert (tmp_path / released).read_bytes() == (loop.root / released).read_bytes(), stale
    expected = simulate_class.simulate(tmp_path, "03_cnn", tmp_path / "grading/downloaded/03_cnn")

    loop.grade(tmp_path, "03_cnn")

    assert loop.read_marks(tmp_path, "03_cnn") == expected
    exported = loop.read_export(tmp_path)
    for student, marks in expected.items():
        assert float(exported[student]["score"]) == sum(mark or 0 for mark in marks.values())
        feedback = (tmp_path / f"grading/feedback/{student}/03_cnn/03_cnn.html").read_text()
        assert "_hidden_" not in feedback  # what hidden tests of this assignment are called
    assert float(exported["all_right"]["max_score"]) == 20
    said = (tmp_path / "grading/feedback/misconception_1/03_cnn/03_cnn.html").read_text()
    assert "likely cause" in said


ROSTER = """
c.Roster.deadlines = {"tiny": "2026-01-31 23:59"}
c.Roster.students = {"ada": {"first_name": "Ada"}, "eve": {}}
"""


def test_warnings_cost_nothing_silence_earns_nothing_and_strangers_are_named(
    loop, released, tmp_path
):
    root = shutil.copytree(released, tmp_path / "course")
    with (root / "course_roster.py").open("a") as roster:
        roster.write(ROSTER)
    archive = root / "grading/downloaded/tiny/archive"

    def hand_in(student: str, double: str, square: str, without: tuple[str, ...] = ()) -> None:
        nb = nbformat.read(root / "assignments/tiny/tiny.ipynb", 4)
        nb.cells = [cell for cell in nb.cells if cell.id not in without]
        answers = {
            "double": f"def double(x):\n    {double}",
            "square": f"def square(x):\n    {square}",
        }
        for cell in nb.cells:
            cell.source = answers.get(cell.id, cell.source)
        nbformat.write(nb, tmp_path / "tiny.ipynb")
        homework.submit(student, tmp_path / "tiny.ipynb", archive, check=False)

    hand_in("ada", "import warnings; warnings.warn('old'); return x + x", "print(9); return x * x")
    # A check that was deleted comes back; a number shown by the student is not the check's.
    forged = "get_ipython().displayhook(3); return 9"
    hand_in("eve", "return x + x", forged, without=("double-check",))
    hand_in("ghost", "return x + x", "return x * x")

    log = loop.grade(root, "tiny", collected=1)  # for one is nobody's

    assert "'ghost' is not in the roster" in log
    marks = loop.read_marks(root, "tiny")
    assert marks["ada"] == {"double": 2, "square": 3, "why": 0}
    assert marks["eve"] == {"double": 2, "square": 0, "why": 0}
    assert set(marks) == {"ada", "eve"}
    row = loop.read_export(root)["ada"]
    assert (row["first_name"], row["duedate"]) == ("Ada", "2026-01-31 22:59:00")
