"""The glossary: every Chinese term beside an English one is in it, by its English name."""

import re

import pytest

from dlcourse.authoring import index, navigation
from dlcourse.authoring import notebooks as nb
from dlcourse.authoring.glossary import CHINESE, TERM, glossary

LESSONS = navigation.lessons(nb.ROOT)
# Names, and words of the slides that are not terms.
OTHERS = {"小鹏", "初中 and 高中", "图片风格迁移, 去除马赛克", "黑白照片", "时间", "词嵌入", "双向"}


@pytest.mark.parametrize("name", LESSONS)
def test_each_chinese_word_stands_behind_its_term(name):
    text = (nb.ROOT / "course" / f"{name}.md").read_text("utf-8")
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    terms = {chinese for _, _, chinese in TERM.findall(prose)}
    assert set(CHINESE.findall(prose)) - terms <= OTHERS


def test_a_term_is_listed_once_with_its_first_lesson():
    text = glossary(nb.ROOT, LESSONS)
    assert text.count("| convolution | 卷积 |") == 1
    assert "| convolution | 卷积 | [00.0](00_start_here/00_start_here.ipynb) |" in text
    assert "| Gram matrix | 格拉姆矩阵 | [03.6]" in text  # a name keeps its capital
    assert "| anchors | 锚框 |" in text  # the first word of a sentence does not


def test_the_committed_glossary_is_up_to_date():
    path = nb.ROOT / "course/glossary.md"
    assert index.build()[path] == path.read_text("utf-8")


def test_the_notation_has_the_letters_of_the_design():
    text = (nb.ROOT / "course/notation.md").read_text("utf-8")
    letters = set(re.findall(r"\$(\w)\$", text))
    assert letters >= set("BTSDhKVCHWPNMZ")
