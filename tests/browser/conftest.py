"""A JupyterLab started by `dlcourse lab` on a copy of the course, and a Chromium to drive it."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / ".screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LESSON = "course/03_cnn/01_convolution.ipynb"
# Widgets whose lessons train before they show them, on numbers of our own.
OTHERS = (
    "import torch\nfrom dlcourse.widgets import AttentionExplorer, MaskedGuesser",
    "looks = torch.stack([torch.eye(3), torch.eye(3).roll(1, 1)])[None]\n"
    "AttentionExplorer(['one', 'two', 'three'], looks)",
    "guess = lambda text: [(f'word{len(text)}', 0.6), ('two', 0.3)]\n"
    "MaskedGuesser(guess, 'the ___ sat', ['a ___ ran'])",
    "from dlcourse import plot, train\nlive = plot.LiveCurve('a net, seed 0')\n"
    "for loss in (1.0, 0.5):\n    live.due = live(None, train.History([2.0, loss])) or 0.0",
)


STARTED = r"""() => [...document.querySelectorAll(
  '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-InputArea-prompt')].some(
  (prompt) => /[*\d]/.test(prompt.textContent))"""
# The indicator is idle from the first; JupyterLab's status bar knows whether there is a kernel yet.
CONNECTED = r"""() => {
  const bar = document.querySelector('#jp-main-statusbar');
  return !bar || /\| Idle/.test(bar.textContent);
}"""
# Every code cell has its number; or one has failed, and the rest will never have theirs.
ALL_RUN = r"""() => {
  const prompts = [...document.querySelectorAll(
    '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .jp-InputArea-prompt')];
  const failed = document.querySelector('[data-mime-type="application/vnd.jupyter.error"]');
  const done = (prompt) => /\[\d+\]/.test(prompt.textContent);
  return failed || (prompts.length && prompts.every(done));
}"""


class Lab:
    """A running JupyterLab; `url` opens the first lesson, as printed for the reader."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.base, _, rest = url.partition("/lab/")
        self.token = rest.partition("?")[2]

    def open(self, page: Page, notebook: str = LESSON, shell: str = "lab") -> None:
        """Open a notebook in JupyterLab ("lab") or Notebook 7 ("notebook"); wait for its kernel."""
        path = f"/lab/tree/{notebook}" if shell == "lab" else f"/notebooks/{notebook}"
        page.goto(f"{self.base}{path}?{self.token}&reset")  # no other notebook beside it
        self.wait(page)

    def wait(self, page: Page) -> None:
        """Wait until the notebook in front has an idle kernel."""
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.wait_for_selector(
            ".jp-Notebook-ExecutionIndicator[data-status=idle]", state="attached"
        )
        page.wait_for_function(CONNECTED, timeout=60_000)

    def run_all(self, page: Page, seconds: int = 270) -> None:
        """Run every cell and wait for the last."""
        for _ in range(10):  # a menu clicked while the page still settles does nothing
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_text("Run All Cells", exact=True).click()
            with contextlib.suppress(PlaywrightTimeout):
                page.wait_for_function(STARTED, timeout=2000)
                break
        page.wait_for_function(ALL_RUN, timeout=1000 * seconds)
        errors = page.locator("[data-mime-type='application/vnd.jupyter.error']").all_inner_texts()
        assert not errors, errors[0]


@pytest.fixture(scope="session")
def jupyter() -> SimpleNamespace:
    """How to serve and visit a JupyterLab, for tests in this folder."""
    return SimpleNamespace(serve=serve, visit=visit, Lab=Lab)


@pytest.fixture(scope="session")
def browser():
    """Start Chromium, or skip where there is none; in CI that is a failure."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        missing = f"none of {', '.join(names)} is installed: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory) -> Lab:
    """Serve a copy of the course with `dlcourse lab`, away from this machine's own settings."""
    root = tmp_path_factory.mktemp("reader")
    shutil.copytree(ROOT / "course", root / "course")
    for notebook in root.rglob(
        "*.ipynb"
    ):  # not run yet, so that a cell with a number has been run here
        content = nbformat.read(notebook, as_version=4)
        for cell in content.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(content, notebook)
    shutil.copy(ROOT / LESSON, root / "course" / "built.ipynb")
    others = nbformat.v4.new_notebook(
        cells=list(map(nbformat.v4.new_code_cell, OTHERS)), metadata=content.metadata
    )
    nbformat.write(others, root / "course" / "others.ipynb")
    dlcourse = Path(sys.executable).with_name("dlcourse")
    with serve([dlcourse, "lab"], root / "course", root, DLCOURSE_STATIC="0") as url:
        yield Lab(url)


@contextlib.contextmanager
def serve(command: list, folder: Path, own: Path, **environment: str):
    """Run JupyterLab's `command` in a folder, its settings in `own`; give the address it prints."""
    homes = {f"JUPYTER_{kind}_DIR": str(own / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = own / "lab.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [*command, "--no-browser", "--port", str(port)],
            cwd=folder,
            env=os.environ | homes | {"IPYTHONDIR": str(own / "ipython")} | environment,
            stdout=output,
            stderr=output,
        )
    try:
        for _ in range(300):
            found = re.search(r"http://\S+/lab\S*token=\w+", log.read_text())
            if found or server.poll() is not None:
                break
            time.sleep(0.2)
        assert found, log.read_text()
        yield found[0]
    finally:
        server.terminate()
        server.wait(30)


@contextlib.contextmanager
def visit(browser: Browser, **options):
    """Open a page that notes the hosts it asks and the errors it meets; assert both at the end."""
    context = browser.new_context(**{"viewport": {"width": 1200, "height": 1000}} | options)
    page = context.new_page()
    page.set_default_timeout(20_000)
    hosts, errors = set(), []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.on("pageerror", lambda error: errors.append(f"{error} {error.stack}"))
    page.on(
        "console",
        lambda note: note.type == "error" and errors.append(f"{note.text} {note.location}"),
    )
    try:
        yield page
    finally:
        context.close()
    assert hosts - {None} <= {"127.0.0.1", "localhost"}  # blob: and data: have no host
    # Our views are blob: modules that anywidget loads; other errors are the application's own.
    ours = [error for error in errors if re.search("blob:|anywidget|dlcourse|dlc-", error)]
    assert not ours, ours


@pytest.fixture(scope="session", params=["lab", "notebook"])
def lesson(request, lab, browser) -> Page:
    """Open chapter 3's lesson in JupyterLab and run it; then in Notebook 7, its kernel running."""
    with visit(browser) as page:
        lab.open(page, shell=request.param)
        if request.param == "lab":
            lab.run_all(page)  # in Notebook 7 `others` is run: it takes seconds
        page.shell = request.param
        yield page


@pytest.fixture(scope="session")
def start(lab, browser) -> Page:
    """Open the address that `dlcourse lab` printed, and run the lesson it leads to."""
    with visit(browser) as page:
        page.goto(lab.url)
        lab.wait(page)
        lab.run_all(page)
        yield page


@pytest.fixture(scope="session", params=["lab", "notebook"])
def others(request, lab, browser) -> Page:
    """Open the notebook of the widgets in OTHERS in JupyterLab, then in Notebook 7, and run it."""
    with visit(browser) as page:
        lab.open(page, "course/others.ipynb", shell=request.param)
        lab.run_all(page)
        yield page


@pytest.fixture(scope="session")
def phone(lab, browser) -> Page:
    """Open the lesson as it was left, its kernel still running, on a phone with a finger."""
    with visit(browser, viewport={"width": 360, "height": 780}, has_touch=True) as page:
        lab.open(page, shell="notebook")
        yield page


@pytest.fixture
def shoot():
    """Return a function that keeps a picture of a page or an element in `.screenshots/`."""
    SCREENSHOTS.mkdir(exist_ok=True)
    return lambda subject, name: subject.screenshot(path=SCREENSHOTS / f"{name}.png")
