"""Students' active content in a real browser, on formgrader's page and on the feedback."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from dlcourse.grading.pages.neutralise import Neutralise

pytestmark = pytest.mark.browser
grading = Path(__file__).parents[1] / "grading"
pages = SimpleNamespace(**runpy.run_path(str(grading / "pages.py")))


@pytest.mark.parametrize("template", ["formgrade", "feedback"])
@pytest.mark.parametrize("neutral", [True, False], ids=["neutralised", "as handed in"])
def test_nothing_of_a_student_acts_or_loads_on_the_page(browser, tmp_path, template, neutral):
    nb = pages.notebook()
    if neutral:
        Neutralise().preprocess(nb, {})
    else:  # what is handed in is live: without the step it acts and loads
        cells = [cell for cell in nb.cells if cell.cell_type == "markdown"]
        sources = [cell.source for cell in cells if "attachment:" not in cell.source]
        nb = new_notebook(cells=[new_markdown_cell(source) for source in sources])
    path = tmp_path / f"{template}.html"
    path.write_text(pages.page(template, nb), encoding="utf-8")
    context = browser.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(path.as_uri(), wait_until="load")
        for link in page.locator(".rendered_html a, .output_html a").all():
            link.evaluate("a => a.href && a.protocol === 'javascript:' && a.click()")
        page.mouse.move(300, 300)
        page.wait_for_timeout(500)
        assert page.evaluate("window.pwned === undefined") is neutral
        assert any("tracker.example" in url for url in asked) is not neutral
        if neutral:
            assert page.url == path.as_uri()
    finally:
        context.close()
