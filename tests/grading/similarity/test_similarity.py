"""Likely copies: what a disguise does not change, what chance explains, and the page."""

import shutil
from pathlib import Path

import nbformat
import pytest
import simulate_copies
from markup import Page

from dlcourse import cli
from dlcourse.grading.similarity import page, pairs, passages, syntax
from dlcourse.grading.similarity.pairs import Class, Pair, PartAnswers

ROOT = Path(__file__).parents[3]
EVIL = "<script>alert(1)</script>"
ORIGINAL = """
def partial(x, mask, k):
    count = F.conv2d(mask, torch.ones(1, 1, k, k))  # known pixels
    out = F.conv2d(x * mask, weight) * k ** 2 / count.clamp(min=1)
    rows = [row.sum() for row in out if row.mean() > 0]
    return torch.where(count > 0, out, 0)
"""
DISGUISED = {
    "renamed": ORIGINAL.replace("count", "n").replace("out", "result").replace("mask", "m"),
    "reordered": ORIGINAL.replace("count > 0", "0 < count").replace(
        "F.conv2d(x * mask, weight) * k ** 2", "k ** 2 * F.conv2d(mask * x, weight)"
    ),
    "reformatted": '''
def partial(x: torch.Tensor, mask, k: int) -> torch.Tensor:
    """Says nothing."""
    import torch
    count = F.conv2d(
        mask,
        torch.ones(1, 1, k, k),
    )
    print(count.shape)
    out = (F.conv2d(x * mask, weight) * k ** 2) / count.clamp(min=1)
    rows = [row.sum() for row in out if row.mean() > 0]
    return torch.where(count > 0, out, 0)
''',
    "other spelling": ORIGINAL.replace("F.conv2d", "torch.nn.functional.conv2d")
    .replace("k ** 2", "k.square()")
    .replace("count.clamp(min=1)", "torch.clamp(count, 1.0)"),
    "split, with a name for a value": """
def weigh(y, m, k, n):
    known = n.clamp(min=1)
    summed = F.conv2d(y * m, weight) * k ** 2
    return summed / known

def partial(x, mask, k):
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    out = weigh(x, mask, k, count)
    rows = []
    for row in out:
        if row.mean() > 0:
            rows.append(row.sum())
    return torch.where(count > 0, out, 0)
""",
    "does not parse": ORIGINAL.replace("return", "retrun this"),
}


def trees(source: str) -> set[int]:
    return {f for tree in syntax.read(source)[0] for f in tree.features()}


@pytest.mark.parametrize("how", DISGUISED)
def test_a_disguise_leaves_the_trees(how):
    before, after = trees(ORIGINAL), trees(DISGUISED[how])
    least = {"split, with a name for a value": 0.7, "does not parse": 0.7}.get(how, 1)
    assert len(before & after) / len(before | after) >= least


def test_another_program_has_other_trees():
    other = trees("def f(x, mask):\n    return (x + mask).cumsum(0).flip(0)[1:] - x // 2")
    assert not trees(ORIGINAL) & other


@pytest.mark.parametrize(
    "nasty",
    ["(" * 5000, "-" * 45000 + "1", "1" + "+1" * 20000, "a" + ".b" * 20000, "x = '\0'",
     "9" * 40000, "\ud800 = 1", "{" * 60 + ":", "await " * 3000 + "x", "f'{" * 99,
     "x" + "[0]" * 15000, "\x0c" * 9, "if x:\n 1\n" + "elif x:\n 1\n" * 1500, "async def f(:",
     "match x:\n case [1, *_]: y = g(x + 1)", "'\\d'", "lambda: (yield)", "",
     "try:\n f(a+1)\nexcept* E as e:\n raise X from e\nelse:\n del x"],
)  # fmt: skip
def test_whatever_is_in_a_cell_is_read_or_left_out(nasty):
    answer = passages.read_code(nasty)
    assert isinstance(answer.features, frozenset)
    assert all(0 <= p.first <= p.last < len(answer.units) for p in answer.passages)


@pytest.mark.parametrize("huge", ["x = 1\n" * 20000, "f(1)\n" * 9000])
def test_what_is_too_large_is_named(huge):
    with pytest.raises(syntax.TooLarge, match="more than"):
        passages.read_code(huge)


def test_sentences_of_a_text_may_be_turned_round():
    text = "The hole loses one pixel on each side. So eight layers are enough!\nA gate is soft."
    turned = "A gate is soft. So eight layers are enough! The hole loses one pixel on each side."
    one, other = passages.read_text(text), passages.read_text(turned)
    assert one.features == other.features
    assert "".join(one.units) == text
    assert (
        not one.features & passages.read_text("Two alarms of three would be wrong there.").features
    )


def test_equal_numbers_stand_at_what_is_shared():
    left = passages.read_code("a = f(x + 1)\nb = g(a, 2)\nc = h(b)")
    right = passages.read_code("z = 7 + 7\ny = g(w, 2)\nw = f(1 + v)")
    weights = dict.fromkeys(left.features & right.features, 1.0)
    assert page.match(left, right, weights) == [{0: 1, 1: 2}, {2: 1, 1: 2}]
    left, right = passages.read_code("g(f(x + 1), 2)"), passages.read_code("u = f(x + 1)\ng(u, 2)")
    weights = dict.fromkeys(left.features & right.features, 1.0)
    assert page.match(left, right, weights) == [{0: 1}, {0: 1, 1: 1}]


def test_groups_are_joined_by_pairs():
    pairs = [Pair(one, other, 0.1, {}) for one, other in ("ab", "cd", "xy", "bc")]
    assert page._find_groups(pairs) == [["a", "b", "c", "d"]]


def strangers(size: int, parts: int) -> Class:
    """Return a class in which everybody shares a line with the next, another one in each part."""
    names = [f"s{number:02}" for number in range(size)]
    found = Class(names, [PartAnswers(f"p{n}", True) for n in range(parts)], [])
    for number, part in enumerate(found.parts, 1):
        for at, name in enumerate(names):
            lines = [f"f{at}(x, {number})", f"g{(at + number) % size}(x)", f"g{at}(x)"]
            part.answers[name] = passages.read_code("\n".join(lines))
    return found


def test_one_part_alone_makes_no_pair_and_two_do():
    found = strangers(30, 4)
    assert pairs.find_pairs(found) == []
    for count, part in enumerate(found.parts[:2], 1):
        part.answers["s07"] = part.answers["s19"] = passages.read_code("u(x)\nv(x + 1)\nw(x, 3)")
        named = [(pair.one, pair.other) for pair in pairs.find_pairs(found)]
        assert named == ([("s07", "s19")] if count == 2 else [])


def test_what_the_solution_says_and_what_many_share_has_no_weight():
    found = strangers(30, 3)
    for part in found.parts:
        for name in ("s07", "s19"):
            part.answers[name] = passages.read_code("u(x)\nv(x + 1)\nw(x, 3)")
    assert pairs.find_pairs(found)
    for part in found.parts:
        part.known = part.answers["s07"].features
    assert pairs.find_pairs(found) == []
    for part in found.parts:
        part.known = set()
        part.answers |= {f"s{number:02}": part.answers["s07"] for number in range(0, 30, 3)}
    assert pairs.find_pairs(found) == []


def test_a_class_of_200(tmp_path, capsys):
    outcome = simulate_copies.measure(ROOT, "03_vision", 200, 20, 1, tmp_path)
    with capsys.disabled():
        print(f"\n03_vision, {outcome}")
    assert outcome.recall >= 0.95
    assert outcome.false <= 0.02


def hand_in(root: Path, student: str, double: str, square: str, why: str) -> None:
    nb = nbformat.read(root / "assignments/tiny/tiny.ipynb", as_version=4)
    for cell in nb.cells:
        if (part := cell.metadata.get("nbgrader", {}).get("grade_id")) in ("double", "square"):
            cell.source = f"# GRADED: {part}\n{double if part == 'double' else square}"
        elif part == "why":
            cell.source = f"<!-- GRADED: why -->\n{why}"
    (root / "grading/submitted" / student / "tiny").mkdir(parents=True)
    nbformat.write(nb, root / "grading/submitted" / student / "tiny/tiny.ipynb")


@pytest.fixture
def course(released, tmp_path, monkeypatch):
    shutil.copytree(released, tmp_path / "course")
    monkeypatch.chdir(tmp_path / "course")
    return tmp_path / "course"


def test_the_page_of_a_class_with_a_copy(course, capsys):
    for number in range(8):
        double = f"def double(x):\n    return x.m{number}(2)"
        square = f"def square(x):\n    return n{number}(x, {number})"
        hand_in(course, f"s{number}", double, square, f"Reason {number} is my own, {number}.")
    copied = f"def square(x):\n    y = x.deep(7) ** 5 # {EVIL}\n    open('ran', 'w')\n    return y"
    hand_in(course, "eve", "def double(x):\n    return x.odd(3) + 1", copied, "words " * 900)
    mine = "def double(number):\n    return 1 + number.odd(3)"
    hand_in(course, EVIL.replace("/", ""), mine, copied.replace("y", "z"), "One two <b>. Three.")
    (course / "grading/submitted/broken/tiny").mkdir(parents=True)
    (course / "grading/submitted/broken/tiny/tiny.ipynb").write_text('{"cells": [')

    assert cli.main(["similarity", "tiny"]) == 0
    out = capsys.readouterr().out.splitlines()
    path = course / "grading/report/tiny.similarity.html"
    assert out[0] == "tiny: 10 students compared: 1 likely pair."
    assert out[1] == f"Report: {path}"
    assert out[2].startswith("To be looked at: <script>alert(1)<script> and eve. A pair is")
    page = Page(path.read_text())
    tags = [tag for tag, _ in page.tags]
    assert not {"script", "link", "img", "iframe", "base", "b"} & set(tags)
    assert any("default-src 'none'" in a.get("content", "") for _, a in page.tags)
    assert not [a for _, a in page.tags if any(name.startswith("on") for name in a)]
    ids = [a["id"] for _, a in page.tags if "id" in a]
    links = [a["href"] for tag, a in page.tags if tag == "a"]
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert {"pair-1", "pair-1-2-left-1", "pair-1-2-right-1"} <= set(ids)
    assert "".join(page.text).count(EVIL) == 2
    assert "broken" in page.text
    assert not (course / "ran").exists()


def test_nothing_to_compare_is_said_in_one_line(course, capsys):
    def says(text: str, assignment: str = "tiny") -> None:
        assert cli.main(["similarity", assignment]) == 2
        error = capsys.readouterr().err
        assert text in error
        assert error.count("\n") == 1
        assert not (course / "grading/report").exists()

    says("none is not released", "none")
    says("nothing was handed in")
    hand_in(course, "ada", "", "", "")
    says("only ada handed in tiny")


def test_a_long_answer_is_cut_on_the_page(tmp_path):
    found = strangers(30, 3)
    for part in found.parts:
        for name in ("s07", "s19"):
            part.answers[name] = passages.read_code(
                "u(x, '" + "y" * 9000 + "')\n" + "v(x + 1)\n" * 900
            )
    path = page.write(tmp_path, "many", found, pairs.find_pairs(found))
    text = path.read_text()
    assert "yyy … (9,008 characters)" in text
    assert "… (602 more)" in text
    assert text.count("v(x + 1)") < 3 * 2 * page.MAX_UNITS
    assert len(text) < 400_000
