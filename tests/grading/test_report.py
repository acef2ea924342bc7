import csv
import json
from html.parser import HTMLParser

import pytest

from dlcourse.grading import report
from dlcourse.grading.report import Row
from dlcourse.grading.results import Entry, Mark, Submission

POINTS = {"double-check": 2.0, "square-check": 3.0, "why": 4.0}
EVIL = "<script>alert(1)</script>"


def row(student: str, status: str, *marks: float | None, **entry: object) -> Row:
    held = None
    if marks:
        parts = zip(POINTS, marks, POINTS.values())
        held = Submission({n: Mark(m, None, p, m is None, n == "why") for n, m, p in parts})
    return Row.make(student, status, Entry(**entry), held, POINTS)


MOVED = {"part": "square", "old": 3.0, "new": 0.0, "why": f"it says: {EVIL}"}
ROWS = [
    row("ada", "graded", 2, 3, None, log=[f"=1+1 {EVIL}"], seconds=1.5),
    row("bob", "regraded", 2, 0, 4, moved=[MOVED]),
    row("zero", "unchanged", 0, 0, 0),
    row("=cmd()", "ungraded", 2, 3, 4, reason=f"=HYPERLINK {EVIL}\ud800"),
    row("late", "not graded yet"),
]


class Page(HTMLParser):
    """Counts tags and gathers what is in them."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def folder(tmp_path):
    lines = report.write(tmp_path, "tiny", ROWS)
    assert len(lines) == 3
    assert "5 students: 1 graded, 1 regraded, 1 unchanged, 1 ungraded, 1 not graded yet" in lines[0]
    assert str(tmp_path / "grading/report/tiny.html") in lines[1]
    assert lines[2] == "To be looked at: =cmd(); the report says why."
    return tmp_path / "grading/report"


def test_ungraded_has_no_score_and_zero_has_zero(folder):
    with (folder / "tiny.csv").open(newline="") as file:
        table = {line["student_id"]: line for line in csv.DictReader(file)}
    students = {s["student"]: s for s in json.loads((folder / "tiny.json").read_text())["students"]}
    for name in ("'=cmd()", "late"):
        assert (table[name]["score"], table[name]["double"]) == ("", "")
        assert students[name.strip("'")]["score"] is None
        assert set(students[name.strip("'")]["parts"].values()) == {None}
    assert float(table["zero"]["score"]) == students["zero"]["score"] == 0
    assert (float(table["ada"]["score"]), table["ada"]["why"]) == (5, "")
    assert students["ada"]["unmarked"] == ["why"]
    assert students["bob"]["moved"] == [MOVED]


def test_no_cell_of_the_table_is_a_formula(folder):
    with (folder / "tiny.csv").open(newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert not [cell for cell in cells if cell.startswith(report.FORMULA)]
    assert "'=cmd()" in cells


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_text_that_a_spreadsheet_computes_is_tamed(text):
    assert report.tame(text) == f"'{text}"
    assert report.tame(-1.0) == -1.0


def test_the_page_is_whole_in_itself_and_shows_what_students_wrote_as_text(folder):
    page = Page((folder / "tiny.html").read_text())
    assert not [tag for tag in ("script", "link", "img", "iframe", "base") if page.all(tag)]
    assert not [a for _, a in page.tags if any(name.startswith("on") for name in a)]
    assert all(a["href"].startswith("#") for a in page.all("a"))
    assert "".join(page.text).count(EVIL) == 3
    targets = [a["id"] for a in page.all("tr") if "id" in a]
    assert [a["href"] for a in page.all("a")] == [f"#{name}" for name in targets]


def test_the_page_can_be_read_without_seeing_it(folder):
    page = Page((folder / "tiny.html").read_text())
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("caption")) == len(page.all("table")) == 2
    assert {a.get("scope") for a in page.all("th")} == {"col", "row"}
    picture = page.all("svg")[0]
    assert picture["role"] == "img"
    assert "0 to under 1 points: 1." in picture["aria-label"]
    assert "5 to under 6 points: 1." in picture["aria-label"]


def test_bars_count_every_score_once():
    for most, scores in ((9, [0, 8.9, 9, 9.5]), (100, [0, 99.5, 100, 10]), (0.5, [0.5]), (7, [])):
        bars = report._spread(scores, most)
        assert sum(bar["count"] for bar in bars) == len(scores)
        assert len(bars) <= report.BARS
    assert [b["count"] for b in report._spread([0, 10, 100, 100], 100)] == [1, 1, *[0] * 7, 2]


def test_a_report_of_which_nobody_is_graded(tmp_path):
    lines = report.write(tmp_path, "tiny", [row("late", "not graded yet")])
    assert lines[0] == "tiny: 1 student: 1 not graded yet."
    assert lines[2] == "Nobody must be looked at."
    assert "<svg" not in (tmp_path / "grading/report/tiny.html").read_text()
