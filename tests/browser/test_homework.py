"""Homework is checked and handed in: in a terminal of JupyterLab, and in the notebook."""

import json
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
ANSWER = "# GRADED: soft-pool\ndef soft_pool(x, kernel_size, stride):\n    return x\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory, jupyter):
    """Serve a course with one answered homework, as by an icon: no venv is active."""
    root = tmp_path_factory.mktemp("door")
    for name in ("course/00_start_here", "assignments/03_cnn"):
        shutil.copytree(ROOT / name, root / name)
    homework = root / "assignments/03_cnn/03_cnn.ipynb"
    notebook = nbformat.read(homework, 4)
    for cell in notebook.cells:
        if cell.source.startswith("# GRADED: soft-pool"):
            cell.source = ANSWER
    notebook.cells[-1].source = notebook.cells[-1].source.replace("# ", "").replace("R I", "R-I")
    nbformat.write(notebook, homework)
    command = [Path(sys.executable).with_name("dlcourse"), "lab"]
    home = {"HOME": str(root), "SHELL": "/bin/bash", "PATH": "/usr/bin:/bin"}
    with jupyter.serve(command, root, root, **home) as url:
        yield SimpleNamespace(url=url, root=root)


def test_a_terminal_checks_homework_with_the_course_s_own_python(course, browser, jupyter, shoot):
    with jupyter.visit(browser) as page:
        heard = []  # a terminal draws on a canvas, so what it says is read on the way there

        def hear(frame: str | bytes) -> None:
            kind, *text = json.loads(frame) if isinstance(frame, str) and frame[0] == "[" else [""]
            heard.extend(text if kind == "stdout" else [])

        page.on("websocket", lambda socket: socket.on("framereceived", hear))
        page.goto(course.url)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)

        def listen(text: str, seconds: int = 20) -> None:
            for _ in range(5 * seconds):
                if text in "".join(heard):
                    return
                page.wait_for_timeout(200)
            raise AssertionError(f"no {text!r} in {''.join(heard)!r}")

        page.get_by_role("menuitem", name="File", exact=True).click()
        page.get_by_text("New", exact=True).hover()
        page.get_by_role("menuitem", name="Terminal", exact=True).click()
        page.locator(".jp-Terminal .xterm-helper-textarea").focus()
        listen(" ")  # its prompt
        page.keyboard.type("python -c 'import sys; print(sys.prefix, 6 * 7)'\n")
        listen(f"{sys.prefix} 42")
        page.keyboard.type("dlcourse check assignments/03_cnn/03_cnn.ipynb\n")
        listen("Visible checks: 0 of", 120)
        shoot(page, "terminal")
    assert re.search(r"fails +0/3 +soft-pool", "".join(heard))


@pytest.mark.parametrize("shell", ["lab", "notebook"])
def test_the_last_cell_finds_its_notebook_and_hands_it_in(course, browser, jupyter, shoot, shell):
    with jupyter.visit(browser) as page:
        jupyter.Lab(course.url).open(page, "assignments/03_cnn/03_cnn.ipynb", shell)
        page.locator(".jp-Notebook .jp-Cell").first.click()
        page.keyboard.press("Escape")
        page.keyboard.press("End")
        cell = page.locator(".jp-CodeCell", has_text="homework.submit")
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        told = cell.locator(".jp-OutputArea-output").last
        told.get_by_text("hand in this file").wait_for(timeout=90_000)
        shoot(page, f"hand_in_{shell}")
        assert "Failing the visible check: soft-pool." in told.inner_text()
        assert "03_cnn.ipynb as saved on" in told.inner_text()
    [written] = (course.root / "assignments/03_cnn").glob("*.zip")
    assert written.name.startswith("03_cnn_YOUR-ID_")
    written.unlink()
