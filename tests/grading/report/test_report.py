import csv
import json

import pytest
from markup import Page

from dlcourse.grading import causes
from dlcourse.grading.records.ledger import Entry
from dlcourse.grading.records.marks import Mark, Submission
from dlcourse.grading.records.tables import FORMULA, tame
from dlcourse.grading.report import page as report
from dlcourse.grading.report.rows import Row

POINTS = {"double-check": 2.0, "square-check": 3.0, "why": 4.0}
EVIL = "<script>alert(1)</script>"


def row(student: str, status: str, *marks: float | None, **entry: object) -> Row:
    held = None
    if marks:
        parts = zip(POINTS, marks, POINTS.values())
        held = Submission({n: Mark(m, None, p, m is None, n == "why") for n, m, p in parts})
    return Row.make(student, status, Entry(**entry), held, POINTS)


SAID = {"kind": "CheckFailed", "want": "9", "got": EVIL, "cause": "it is doubled", "look": "part 2"}
RAISED = {"kind": "CheckFailed", "got": f"{EVIL}: no", "cause": f"{EVIL}", "look": causes.RAISED}
EMPTY = {"kind": causes.UNANSWERED, "cause": causes.UNANSWERED}
MOVED = {"part": "square", "old": 3.0, "new": 0.0, "why": f"it says: {EVIL}"}
ROWS = [
    row("ada", "graded", 2, 3, None, log=[f"=1+1 {EVIL}"], seconds=1.5),
    row("bob", "regraded", 2, 0, 4, moved=[MOVED], failures={"square-check": SAID}),
    row("zero", "unchanged", 0, 0, 0, failures={"double-check": RAISED, "square-check": EMPTY}),
    row("=cmd()", "ungraded", 2, 3, 4, reason=f"=HYPERLINK {EVIL}\ud800"),
    row("late", "not graded yet"),
]


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
    assert students["bob"]["failures"] == {"square": SAID}
    assert table["bob"]["causes"] == "square: it is doubled"


def test_no_cell_of_the_table_is_a_formula(folder):
    with (folder / "tiny.csv").open(newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert not [cell for cell in cells if cell.startswith(FORMULA)]
    assert "'=cmd()" in cells


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_text_that_a_spreadsheet_computes_is_tamed(text):
    assert tame(text) == f"'{text}"
    assert tame(-1.0) == -1.0


def test_the_page_is_whole_in_itself_and_shows_what_students_wrote_as_text(folder):
    page = Page((folder / "tiny.html").read_text())
    assert not [tag for tag in ("script", "link", "img", "iframe", "base") if page.all(tag)]
    assert not [a for _, a in page.tags if any(name.startswith("on") for name in a)]
    assert all(a["href"].startswith("#") for a in page.all("a"))
    assert "".join(page.text).count(EVIL) == 6
    targets = [a["id"] for a in page.all("tr") if "id" in a]
    assert [a["href"] for a in page.all("a")] == [f"#{name}" for name in targets]


def test_the_page_can_be_read_without_seeing_it(folder):
    page = Page((folder / "tiny.html").read_text())
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("caption")) == len(page.all("table")) == 3
    assert {a.get("scope") for a in page.all("th")} == {"col", "row"}
    pictures = [a["aria-label"] for a in page.all("svg") if a.get("role") == "img"]
    assert len(pictures) == 5  # scores, three parts, time
    assert "0 to under 1 points: 1." in pictures[0]
    assert "5 to under 6 points: 1." in pictures[0]
    assert pictures[1].startswith("1 with all points, 1 with fewer or none, 1 without an answer")
    assert pictures[4].startswith("Number of submissions by seconds")


def test_bars_count_every_score_once():
    for most, scores in ((9, [0, 8.9, 9, 9.5]), (100, [0, 99.5, 100, 10]), (0.5, [0.5]), (7, [])):
        bars = report.spread(scores, most)
        assert sum(bar["count"] for bar in bars) == len(scores)
        assert len(bars) <= report.BARS
    assert [b["count"] for b in report.spread([0, 10, 100, 100], 100)] == [1, 1, *[0] * 7, 2]


def test_a_report_of_which_nobody_is_graded(tmp_path):
    lines = report.write(tmp_path, "tiny", [row("late", "not graded yet")])
    assert lines[0] == "tiny: 1 student: 1 not graded yet."
    assert lines[2] == "Nobody needs a look."
    page = (tmp_path / "grading/report/tiny.html").read_text()
    assert "Nobody is graded yet." in page
    assert 'role="img"' not in page


def test_a_summary_in_words_and_numbers_stands_on_top(folder):
    data = json.loads((folder / "tiny.json").read_text())
    assert data["summary"] == [
        "Half of the 3 students who are graded have 5 of 9 points or more; nobody has all.",
        "Hardest was square: 1 of 3 have its full points; easiest was double with 2 of 3.",
        "Most often misunderstood, by 1 student in square: it is doubled.",
        "Written answers of 1 student wait for your marks and count as nothing until then: "
        "formgrader lists them.",
    ]
    assert [part["name"] for part in data["parts"]] == ["square", "double", "why"]
    counts = [[p["full"], p["less"], p["empty"], p["waiting"]] for p in data["parts"]]
    assert counts == [[1, 1, 1, 0], [2, 1, 0, 0], [1, 1, 0, 1]]
    text = " ".join("".join(Page((folder / "tiny.html").read_text()).text).split())
    assert all(sentence in text for sentence in data["summary"])


def test_the_most_frequent_misconception_is_told_and_an_empty_answer_is_none(tmp_path):
    other = SAID | {"cause": "a sign is lost"}
    rows = [row("ada", "graded", 0, 0, 4, failures={"double-check": other, "square-check": SAID})]
    rows += [row(n, "graded", 0, 0, 4, failures={"double-check": other}) for n in ("bob", "cy")]
    rows += [row(n, "graded", 2, 0, 4, failures={"square-check": EMPTY}) for n in "wxyz"]
    report.write(tmp_path, "tiny", rows)
    words = json.loads((tmp_path / "grading/report/tiny.json").read_text())["summary"]
    assert "Most often misunderstood, by 3 students in double: a sign is lost." in words


def test_errors_that_stop_cells_are_counted_over_the_class(tmp_path):
    def stop(text: str) -> dict:
        return {"kind": "CheckFailed", "got": text, "look": causes.STOPPED, "cause": "x"}

    einops = stop("ModuleNotFoundError: No module named 'einops'")
    both = {"double-check": einops, "square-check": einops}
    rows = [row(f"s{n}", "graded", 0, 0, 4, failures=both) for n in range(15)]
    rows += [row("t", "graded", 0, 3, 4, failures={"double-check": einops})]
    rows += [row("u", "graded", 0, 3, 4, failures={"double-check": stop(f"{EVIL}: 1")})]
    report.write(tmp_path, "tiny", rows)
    words = json.loads((tmp_path / "grading/report/tiny.json").read_text())["summary"]
    assert words[-2:] == [
        "31 answers stop with No module named 'einops'.",
        "1 answer stops with an error of its own.",
    ]
    page = (tmp_path / "grading/report/tiny.html").read_text()
    assert "The cell stops with No module named &#39;einops&#39;" in page


def test_a_part_that_a_person_has_given_in_full_has_no_cause():
    held = Submission({"square-check": Mark(0.0, 3.0, 3.0, False, False)})
    entry = Entry(failures={"square-check": SAID})
    assert Row.make("ada", "graded", entry, held, POINTS).failures == {}
    held.marks["square-check"].manual = 2.0
    assert Row.make("ada", "graded", entry, held, POINTS).failures == {"square": SAID}


def test_what_was_graded_before_causes_were_kept_is_called_unknown(tmp_path):
    report.write(tmp_path, "tiny", [row("old", "unchanged", 2, 0, 4)])
    part = json.loads((tmp_path / "grading/report/tiny.json").read_text())["parts"][0]
    assert (part["name"], part["less"], part["unknown"]) == ("square", 1, 1)
    assert "not known" in (tmp_path / "grading/report/tiny.html").read_text()


def test_the_page_of_a_thousand_can_be_opened(tmp_path):
    rows = []
    for n in range(1000):
        said = {
            "kind": "CheckFailed",
            "cause": f"{'abcdefghijklmnop'[n % 16]} {n}",
            "got": "x" * 300,
        }
        fact = {"log": ["y" * 400] * 30, "seconds": float(n), "reason": "z" * 300}
        rows.append(row(f"s{n}", "graded", 2, 0, 4, failures={"square-check": said}, **fact))
    report.write(tmp_path, "tiny", rows)
    text = (tmp_path / "grading/report/tiny.html").read_text()
    page = Page(text)
    assert len(text) < 3_000_000
    assert len(page.all("tr")) > 1000
    assert not any("open" in a for a in page.all("details"))
    assert len(page.all("dl")) == causes.GROUPS
    assert " and 51 more" in text  # 63 students have the most frequent cause
    assert "s0, s16, s32" in text
    assert "s192" not in text.partition('id="everybody"')[0].partition("What was misunderstood")[2]
    assert "and 950 more, who come first" in text
