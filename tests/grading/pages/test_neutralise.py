"""What students put into notebooks, on the pages of formgrader and feedback."""

import copy
from html.parser import HTMLParser

import pages
import pytest
from nbconvert.filters.markdown_mistune import markdown2html_mistune as render
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from dlcourse.grading.pages.neutralise import Neutralise, markdown, sanitise

HARMLESS = """<!-- GRADED: why -->
*Squares* **grow**: $a<b$ and $c>d$, `<code>` and `$x`, see [here](https://example.org "so").

> quoted $x_1 * y_1$

| a | b |
|:--|--:|
| 1 | `|` |

```python
if a < b: print("<b>")
```

$$
\\begin{cases} 1 & n > 0 \\\\ 0 & n = 0 \\end{cases}
$$

- [x] done
- https://example.org/a?b=c&d

1. one
2. two<!-- -->
"""
TABLE = """<div><style scoped>.dataframe { color: red }</style>
<table border="1" class="dataframe">
<thead><tr style="text-align: right;"><th></th><th>a</th></tr></thead>
<tbody><tr><th>0</th><td colspan="2">$x$</td></tr></tbody></table></div>"""


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module", params=["formgrade", "feedback"])
def both(request) -> tuple[list, list]:
    """The elements of a page of hostile cells, and of the same page of harmless ones."""
    made = []
    for hostile in (True, False):
        nb, _ = Neutralise().preprocess(pages.notebook(hostile), {})
        made.append(Elements(pages.page(request.param, nb)).found)
    return tuple(made)


def count(elements: list, test) -> int:
    return sum(bool(test(tag, attrs)) for tag, attrs in elements)


def test_there_are_enough_payloads():
    assert len(pages.MARKUP) + len(pages.TEXT) + len(pages.OUTPUTS) >= 80


def test_the_page_has_no_more_that_acts_than_a_harmless_one(both):
    acting = {"script", "style", "link", "meta", "base", "iframe", "object", "embed", "svg", "math"}
    acting |= {"form", "input", "button", "textarea", "select", "video", "audio"}
    acting |= {"template", "body"}
    for tag in acting:
        hostile, harmless = (count(page, lambda name, _, tag=tag: name == tag) for page in both)
        assert hostile == harmless, tag


def test_the_page_has_no_event_handler_of_a_student(both):
    for page in both:
        events = [(t, a) for t, a in page for name in a if name.startswith("on")]
        assert all("toggle_name" in str(a) for _, a in events)


def test_the_page_asks_nobody_but_its_own_server_and_leads_nowhere_unsafe(both):
    hostile, harmless = both
    known = {a.get(n) for _, a in harmless for n in ("src", "href", "srcset", "action", "data")}
    for tag, attrs in hostile:
        for name in ("src", "srcset", "action", "data", "background", "xlink:href", "srcdoc"):
            value = attrs.get(name)
            fine = (
                value is None or value in known or value.startswith("data:image/png;base64,iVBOR")
            )
            assert fine, (tag, attrs)
        if "href" in attrs and attrs["href"] not in known:
            assert tag == "a", attrs
            assert attrs["href"].startswith(("https://", "http://", "mailto:", "#")), attrs
        assert "tracker.example" not in attrs.get("style", "")


def test_nothing_of_a_student_has_the_id_of_a_field(both):
    for page in both:
        assert count(page, lambda _, attrs: attrs.get("id") == "double-check") <= 1
        assert not any(attrs.get("id") == "x" for _, attrs in page)


def test_harmless_markdown_stays_as_it_is():
    assert markdown(HARMLESS.replace("<!-- -->", ""), {}) == HARMLESS.replace("<!-- -->", "")


def test_html_among_markdown_is_shown_as_markdown_shows_it():
    shown = render(markdown(HARMLESS, {}))
    assert shown.startswith("<div>")
    assert shown.count("\n") == 2  # of the renderer: nothing in it was taken apart
    plain = render(HARMLESS.replace("<!-- GRADED: why -->", "").replace("<!-- -->", ""))
    text = [Text(page).text for page in (shown, plain)]
    assert "".join(text[0].split()) == "".join(text[1].split())
    assert "<strong>grow</strong>" in shown
    assert '<details open=""><summary>more</summary>&#10;<p>a <em>b</em></p>' in markdown(
        "<details open><summary>more</summary>\n\na *b*\n</details>", {}
    )


class Text(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", list(pages.TEXT))
def test_what_is_made_harmless_stays_so_when_it_is_done_again(name):
    once = markdown(pages.TEXT[name], {})
    again = markdown(once, {})
    assert Text(render(again)).text.split() == Text(render(once)).text.split()


def test_tex_that_loads_or_links_is_no_command_any_more():
    for name in ("formula with a link", "formula with entities", "formula in pieces"):
        shown = Text(render(markdown(pages.TEXT[name], {}))).text
        assert "href" in shown
        assert "\\href" not in shown
        assert "\\require" not in shown
    assert markdown(r"$\displaystyle \hrefs$", {}) == r"$\displaystyle \hrefs$"


def test_a_table_of_pandas_stays_a_table():
    shown = sanitise(TABLE)
    assert "color" not in shown
    assert '<tr><th>0</th><td colspan="2">$x$</td></tr>' in shown


def test_pictures_stay_pictures():
    data, both = pages.png(), {"a.png": {"image/png": pages.png()}}
    cell = new_markdown_cell("![one](attachment:a.png)", attachments=both)
    tag = f'<img src="data:image/png;base64,{data}" alt="a dot" width="3">'
    outputs = [
        new_output(
            "display_data",
            data={"image/png": data + "\n", "text/html": tag},
            metadata={"image/png": {"width": 30, "height": "x"}},
        )
    ]
    nb = new_notebook(cells=[cell, new_code_cell("1", outputs=outputs)])
    Neutralise().preprocess(nb, {})
    assert nb.cells[0].source == cell.source
    assert nb.cells[0].attachments == both
    shown = nb.cells[1].outputs[0]
    assert shown.data["image/png"] == data
    assert shown.metadata == {"image/png": {"width": 30}}
    assert 'alt="a dot"' in shown.data["text/html"]
    assert data in shown.data["text/html"]


def test_the_instructors_cells_stay_as_they_are():
    locked = pages.graded(grade_id="task", locked=True, points=2.0, grade=True, checksum="abc")
    cell = new_markdown_cell("<iframe src='https://example.org'></iframe>", metadata=locked)
    nb = new_notebook(cells=[cell])
    before = copy.deepcopy(nb)
    Neutralise().preprocess(nb, {})
    assert nb.cells == before.cells


@pytest.mark.parametrize("cell_id", ["", "a b", "same"])
def test_cells_have_ids_that_name_one_cell(cell_id):
    nb = new_notebook(cells=[new_code_cell("1", id="same"), new_code_cell("2")])
    nb.cells[1].id = cell_id
    Neutralise().preprocess(nb, {})
    assert [cell.id for cell in nb.cells] == ["same", "cell-1"]


@pytest.mark.parametrize("piece", ["<div>", "<b></i>", "<a x", "<table><td>", "<!--"])
def test_what_would_take_minutes_is_shown_as_text(piece):
    many = piece * 60_000
    assert sanitise(many).startswith("<pre>")
    assert markdown(many, {}).startswith("<div><pre>")
