"""The questions made from the manual, and the pages that a model reads."""

import pytest
import torch

from dlcourse.data import reading as data
from dlcourse.metrics import squad
from dlcourse.runtime import CourseError
from dlcourse.text import Vocabulary


@pytest.mark.parametrize(
    ("sentence", "want"),
    [
        ("Objects have an identity.", ("What do objects have?", ("an identity",))),
        (
            "The result is called the dict view, which is new.",
            ("What is the result called?", ("the dict view", "the dict view, which is new")),
        ),
        (
            "If step is zero, ValueError is raised.",
            ("Which error is raised if step is zero?", ("ValueError",)),
        ),
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
            assert squad.normalise(said) == squad.normalise(question.answers[0])
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
