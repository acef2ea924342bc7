"""Exact match and F1 of the two SQuAD scripts, by hand."""

import pytest

from dlcourse.metrics import squad
from dlcourse.runtime import CourseError


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("The  cat,\tand an apple!", "cat and apple"),
        ("well-known", "wellknown"),  # punctuation goes, and leaves no space
        ("a-b", "ab"),  # before the articles: this a is none
        ("the.a", "thea"),
        ("Athens", "athens"),
        ("U.S.", "us"),
        ("人工智能，的", "人工智能，的"),  # Chinese marks are not ASCII: they stay
        ("“a” “quoted”", "“ ” “quoted”"),  # nor are curly quotes; the bare article goes
        ("A AN THE", ""),
        ("a_b", "ab"),
    ],
)
def test_normalise(text, want):
    assert squad.normalise(text) == want


def test_f1_by_hand():
    assert squad.f1("the black cat", "a black dog") == pytest.approx(0.5)  # 1 of 2, 1 of 2
    assert squad.f1("in May 1998", "1998") == pytest.approx(0.5)  # P 1/3, R 1
    assert squad.f1("to be or not to be", "to be") == pytest.approx(2 * (2 / 6) / (1 + 2 / 6))
    assert squad.f1("no no no", "no") == pytest.approx(0.5)  # repeated words count once here
    assert squad.f1("red", "blue") == 0.0


def test_versions_differ_on_empty_answers_only():
    for version, want in (("1.1", 0.0), ("2.0", 1.0)):
        assert squad.f1("", "", version) == want
        assert squad.f1("the", "a", version) == want  # nothing is left of either
        assert squad.f1("cat", "", version) == squad.f1("", "cat", version) == 0.0
        assert squad.exact_match("the", "a") == 1.0
    with pytest.raises(CourseError, match=r"1\.1 and 2\.0"):
        squad.f1("a", "b", "2")


def test_the_best_of_several_answers():
    assert squad.scores("Python 3", ["snake", "python 3", "3"]) == (1.0, 1.0)
    # Exact match and F1 are each the best, not of the same answer.
    em, f1 = squad.scores("big red house", ["red house", "house"])
    assert (em, f1) == (0.0, pytest.approx(0.8))
    # Version 2.0 drops gold answers of which nothing is left.
    assert squad.scores("the", ["the", "cat"], "2.0") == (0.0, 0.0)
    assert squad.scores("", [], "2.0") == squad.scores("", ["a"], "2.0") == (1.0, 1.0)
    with pytest.raises(CourseError, match="without a gold answer"):
        squad.scores("cat", [])


def test_totals_and_threshold_of_version_2():
    said = ["cat", "a dog", "", "bird"]
    gold = [["the cat"], ["big dog"], [], []]
    total = squad.total(said, gold, "2.0")
    assert total == {
        "exact": 50.0,
        "f1": pytest.approx(100 * (1 + 2 / 3 + 1) / 4),
        "total": 4,
        "HasAns_exact": 50.0,
        "HasAns_f1": pytest.approx(100 * (1 + 2 / 3) / 2),
        "HasAns_total": 2,
        "NoAns_exact": 50.0,
        "NoAns_f1": 50.0,
        "NoAns_total": 2,
    }
    sure = [0.1, 0.8, 0.9, 0.7]
    cut = squad.total(said, gold, "2.0", no_answer=sure, threshold=0.5)
    assert cut["exact"] == 75.0  # "bird" is taken back, and the dog with it
    assert cut["NoAns_f1"] == 100.0
    assert cut["HasAns_f1"] == 50.0
    assert squad.total(["x"], [["x"]]) == {"exact": 100.0, "f1": 100.0, "total": 1}


def test_bad_lists_are_told():
    with pytest.raises(CourseError, match="2 predictions for 1"):
        squad.total(["a", "b"], [["a"]])
    with pytest.raises(CourseError, match="0 predictions"):
        squad.total([], [])
    with pytest.raises(CourseError, match="no_answer takes"):
        squad.total(["a"], [["a"]], no_answer=[0.5])
