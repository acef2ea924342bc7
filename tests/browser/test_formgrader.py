"""An instructor marks a graded class in formgrader, from JupyterLab's menu to the feedback."""

import runpy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.api import Gradebook

from dlcourse.grading.records.ledger import open_ledger
from dlcourse.grading.records.results import Store

pytestmark = pytest.mark.browser
grading = Path(__file__).parents[1] / "grading"
course_of, unit = (
    SimpleNamespace(**runpy.run_path(str(grading / f"{name}.py")))
    for name in ("conftest", "fake_unit")
)


def act(name: str) -> str:
    """Return a script that leaves a name, so that the page tells which payload has run."""
    return f"(window.ran=window.ran||[]).push(`{name}`)"


HOSTILE = f"""<script>{act("script")}</script>
<img src=x onerror="{act("event")}">
<svg onload="{act("svg")}"></svg>
<a href="javascript:{act("link in HTML")}">a</a>

[b](javascript:{act("link").replace("(", "%28").replace(")", "%29")})

Formula $x^2$."""
SHOWS = f"""from IPython.display import HTML, SVG, Javascript, Markdown, display
display(HTML('<script>{act("HTML output")}</script>'))
display(SVG('''<svg xmlns="http://www.w3.org/2000/svg" onload="{act("SVG output")}"/>'''))
display(Markdown('<img src=x onerror="{act("Markdown output")}">'))
display(Javascript('{act("Javascript output")}'))
{unit.RIGHT["double"]}"""
PAYLOADS = {"script", "event", "svg", "link in HTML", "link"}
PAYLOADS |= {f"{kind} output" for kind in ("HTML", "Markdown", "Javascript")}  # SVG is an <img>


def grade_class(root: Path) -> None:
    """Release, collect and grade the work of three students, of whom one is hostile."""
    course_of.run_nbgrader(root, "generate_assignment", "tiny", "--force")
    marker = "<!-- GRADED: why -->\n"
    unit.hand_in(root, "ada", why=f"{marker}Because of $x^2$.")
    unit.hand_in(root, "bob", why=f"{marker}No idea.", square="def square(x):\n    return x + x")
    unit.hand_in(root, "mal", why=f"{marker}{HOSTILE}", double=SHOWS)
    dlcourse = Path(sys.executable).with_name("dlcourse")
    subprocess.run(
        [dlcourse, "grade", "tiny", "--jobs", "1"], cwd=root, check=True, capture_output=True
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The course's root; it is graded while its server starts."""
    return course_of.make_course(tmp_path_factory.mktemp("formgrader"))


@pytest.fixture(scope="module")
def server(course, jupyter, tmp_path_factory):
    """Serve the graded course with JupyterLab as an instructor does; give its address."""
    command = [sys.executable, "-m", "jupyterlab", "--allow-root"]
    with ThreadPoolExecutor(1) as pool:
        grading = pool.submit(grade_class, course)
        with jupyter.serve(command, course, tmp_path_factory.mktemp("instructor")) as url:
            grading.result()
            yield url


@pytest.fixture(scope="module")
def page(server, jupyter, browser):
    """A page on which JupyterLab has been opened, and formgrader from its menu."""
    with jupyter.visit(browser) as page:
        page.goto(server)
        page.get_by_role("menuitem", name="Nbgrader").click()
        page.get_by_role("menuitem", name="Formgrader", exact=True).click()
        yield page


def find(course: Path, student: str):
    """Return (manual score, comment) of a written answer from the gradebook."""
    with Gradebook(f"sqlite:///{course}/grading/gradebook.db") as gradebook:
        place = ("why", "tiny", "tiny", student)
        score = gradebook.find_grade(*place).manual_score
        return score, gradebook.find_comment(*place).comment


def open_submission(page, server: str, student: str) -> None:
    """Open a student's submission from the list of those to be marked by hand."""
    page.goto(server.replace("/lab", "/formgrader/gradebook/tiny/tiny"))
    row = page.locator("#main-table tr", has_text=student)
    row.wait_for()
    page.get_by_role("button", name="Show All Names").click()
    row.get_by_role("link", name=student).click()
    page.wait_for_url("**/formgrader/submissions/**")
    page.wait_for_function(
        "window.formgrader && formgrader.loaded && "
        "formgrader.grades.loaded && formgrader.comments.loaded"
    )


def click_everything(page) -> set[str]:
    """Click students' links, wait for what is late, and return the payloads that have run."""
    for link in page.locator(".rendered_html a, .output_html a").all():
        link.evaluate("a => a.protocol === 'javascript:' && a.click()")
    page.wait_for_timeout(500)
    return set(page.evaluate("window.ran || []"))


def test_an_instructor_marks_comments_and_returns(course, server, browser, page, shoot):
    table = page.frame_locator("iframe").locator("#main-table")
    table.get_by_role("link", name="3", exact=True).wait_for()  # submissions
    shoot(page, "formgrader_in_lab")

    open_submission(page, server, "ada")
    marks = {name: page.locator(f"#{name}") for name in ("double-check", "square-check", "why")}
    assert [mark.get_attribute("placeholder") for mark in marks.values()] == ["2", "3", None]
    page.locator(".MathJax").first.wait_for()  # without a network
    marks["why"].fill("3")
    page.locator("#why-comment").fill("Nearly: say *which* squares.")
    with page.expect_response("**/api/comment/*"):
        page.locator("#why-comment").blur()
    shoot(page, "formgrader_submission")
    assert find(course, "ada") == (3, "Nearly: say *which* squares.")
    first = page.url
    page.get_by_role("link", name="Next").click()
    page.wait_for_url(lambda url: url != first)

    page.goto(server.replace("/lab", "/formgrader/manage_assignments"))
    page.locator(".generate-feedback a").click()
    page.get_by_text("Successfully generated feedback").wait_for()
    shoot(page, "formgrader_feedback_made")
    sheet = browser.new_page()  # as a student opens it, who may ask a CDN for MathJax
    sheet.goto((course / "grading/feedback/ada/tiny/tiny.html").as_uri())
    text = sheet.inner_text("body")
    assert "Score: 8.0 / 9.0" in text
    assert "Nearly: say which squares." in text
    shoot(sheet, "formgrader_feedback")
    sheet.goto((course / "grading/feedback/mal/tiny/tiny.html").as_uri())
    assert click_everything(sheet) == set()
    sheet.close()


def test_nothing_of_a_student_acts_in_formgrader(course, server, page, shoot):
    graded = course / "grading/autograded/mal/tiny/tiny.ipynb"
    open_submission(page, server, "mal")
    page.locator(".MathJax").first.wait_for()
    assert click_everything(page) == set()
    shoot(page, "formgrader_hostile")
    neutral = graded.read_bytes()
    try:  # the same as it was handed in and run: every payload acts, so this test would see it
        key = open_ledger(course, "tiny").read("mal").key
        nbformat.write(Store(course / "grading/results").find(key).notebook, graded)
        open_submission(page, server, "mal")
        assert click_everything(page) == PAYLOADS
    finally:
        graded.write_bytes(neutral)
