"""Exact match and F1 of the two SQuAD scripts, and the questions made from the manual."""

import pytest
import torch

from dlcourse.data import reading as data
from dlcourse.metrics import reading as metrics
from dlcourse.runtime import CourseError
from dlcourse.text import Vocabulary


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
def test_normalize(text, want):
    assert metrics.normalize(text) == want


def test_f1_by_hand():
    assert metrics.f1("the black cat", "a black dog") == pytest.approx(0.5)  # 1 of 2, 1 of 2
    assert metrics.f1("in May 1998", "1998") == pytest.approx(0.5)  # P 1/3, R 1
    assert metrics.f1("to be or not to be", "to be") == pytest.approx(2 * (2 / 6) / (1 + 2 / 6))
    assert metrics.f1("no no no", "no") == pytest.approx(0.5)  # repeated words count once here
    assert metrics.f1("red", "blue") == 0.0


def test_versions_differ_on_empty_answers_only():
    for version, want in (("1.1", 0.0), ("2.0", 1.0)):
        assert metrics.f1("", "", version) == want
        assert metrics.f1("the", "a", version) == want  # nothing is left of either
        assert metrics.f1("cat", "", version) == metrics.f1("", "cat", version) == 0.0
        assert metrics.exact_match("the", "a") == 1.0
    with pytest.raises(CourseError, match=r"1\.1 and 2\.0"):
        metrics.f1("a", "b", "2")


def test_the_best_of_several_answers():
    assert metrics.scores("Python 3", ["snake", "python 3", "3"]) == (1.0, 1.0)
    # Exact match and F1 are each the best, not of the same answer.
    em, f1 = metrics.scores("big red house", ["red house", "house"])
    assert (em, f1) == (0.0, pytest.approx(0.8))
    # Version 2.0 drops gold answers of which nothing is left.
    assert metrics.scores("the", ["the", "cat"], "2.0") == (0.0, 0.0)
    assert metrics.scores("", [], "2.0") == metrics.scores("", ["a"], "2.0") == (1.0, 1.0)
    with pytest.raises(CourseError, match="without a gold answer"):
        metrics.scores("cat", [])


def test_totals_and_threshold_of_version_2():
    said = ["cat", "a dog", "", "bird"]
    gold = [["the cat"], ["big dog"], [], []]
    total = metrics.squad(said, gold, "2.0")
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
    cut = metrics.squad(said, gold, "2.0", no_answer=sure, threshold=0.5)
    assert cut["exact"] == 75.0  # "bird" is taken back, and the dog with it
    assert cut["NoAns_f1"] == 100.0
    assert cut["HasAns_f1"] == 50.0
    best, threshold = metrics.best_threshold(said, gold, sure)
    assert (best, threshold) == (75.0, 0.1)
    assert metrics.squad(said, gold, "2.0", no_answer=sure, threshold=threshold)["f1"] == best
    assert metrics.squad(["x"], [["x"]]) == {"exact": 100.0, "f1": 100.0, "total": 1}


def test_bad_lists_are_told():
    with pytest.raises(CourseError, match="2 predictions for 1"):
        metrics.squad(["a", "b"], [["a"]])
    with pytest.raises(CourseError, match="0 predictions"):
        metrics.squad([], [])
    with pytest.raises(CourseError, match="no_answer takes"):
        metrics.squad(["a"], [["a"]], no_answer=[0.5])


@pytest.mark.parametrize(
    ("sentence", "want"),
    [
        ("Objects have an identity.", ("What do objects have?", ("an identity",))),
        (
            "The result is called the dict view, which is new.",
            ("What is the result called?", ("the dict view", "the dict view, which is new")),
        ),
        ("If step is zero, ValueError is raised.", ("Which error is raised if step is zero?", ("ValueError",))),
        (
            "Like find(), but raise ValueError when the substring is not found.",
            ("Which error is raised when the substring is not found?", ("ValueError",)),
        ),
        ("The names are bound by an import.", ("How are the names bound?", ("by an import",))),
        ("It returns nothing.", None),
        ("What a day!", None),
    ],
)  # fmt: skip
def test_ask(sentence, want):
    assert data.ask(sentence) == want


def test_every_answer_is_a_piece_of_its_passage_and_topics_are_apart():
    train, held_out = data.load_reading()
    assert len(train) > 150
    assert len(held_out) > 50
    assert not {q.topic for q in train} & {q.topic for q in held_out}
    assert len({q.text.lower() for q in train + held_out}) == len(train + held_out)
    for question in train + held_out:
        first = question.answers[0]
        assert question.passage[question.start :].startswith(first)
        assert all(answer in question.passage for answer in question.answers)
    numbers = data.vocabulary(train)
    for questions in (train, held_out):
        pages = data.encode(questions, numbers)
        for question, (a, b) in zip(questions, pages.spans.tolist(), strict=True):
            said = data.decode(question, a, b)
            assert metrics.normalize(said) == metrics.normalize(question.answers[0])
    assert data.load_reading()[0] == train


def test_questions_without_an_answer():
    plain, mixed = data.load_reading()[0], data.load_reading(seed=3, unanswerable=0.4)[0]
    none = [question for question in mixed if not question.answers]
    assert len(none) == round(0.4 * len(mixed))
    for before, after in zip(plain, mixed, strict=True):
        assert before.text == after.text
        if not after.answers:
            assert before.answers[0].lower() not in after.passage.lower()
            assert after.start == -1
    pages = data.encode(mixed, data.vocabulary(mixed))
    empty = torch.tensor([not question.answers for question in mixed])
    assert torch.equal(pages.spans.sum(1) == 0, empty)
    assert data.decode(mixed[0], 0, 0) == ""
    with pytest.raises(CourseError, match="a share"):
        data.load_reading(unanswerable=1.0)


def test_pages_mark_what_the_question_has_too():
    question = data.Question("What does f() return?", "Call f(). It returns 3.", ("3",), 21, "x")
    pages = data.encode([question], Vocabulary(["f()"]))
    assert pages.words.tolist() == [[1, 3, 3, 4, 3, 3, 3, 4, 3, 3, 3, 3, 3]]
    assert pages.kinds.tolist() == [[1] * 6 + [2, 3, 2, 2, 2, 2, 2]]
    assert pages.spans.tolist() == [[11, 11]]
    x, y = pages[torch.tensor([0])]
    assert [part.shape for part in x] == [(1, 13), (1, 13)]
    assert y.tolist() == [[11, 11]]
