"""The lesson runs from an empty folder with the built wheel alone, without network, as in Colab."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]


def test_the_lesson_runs_on_the_built_wheel(tmp_path):
    wheel, site, empty = tmp_path / "wheel", tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", wheel, ROOT], check=True)
    subprocess.run([*pip, "install", "--no-deps", "--target", site, *wheel.iterdir()], check=True)
    notebook = nbformat.read(ROOT / "course/03_cnn/01_convolution.ipynb", as_version=4)
    where = "import dlcourse; print(dlcourse.__file__)"
    notebook.cells.append(nbformat.v4.new_code_cell(where))
    nbformat.write(notebook, empty / "lesson.ipynb")
    # site stands before the editable install; tests/offline closes the network of the kernel.
    path = os.pathsep.join([str(ROOT / "tests/offline"), str(site)])
    environment = os.environ | {"PYTHONPATH": path, "DLCOURSE_STATIC": "1"}
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute"]
    command += ["--output", "done.ipynb", "lesson.ipynb"]
    done = subprocess.run(command, cwd=empty, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    executed = nbformat.read(empty / "done.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text.startswith(str(site))
    assert {path.name for path in empty.iterdir()} <= {"lesson.ipynb", "done.ipynb"}
