"""Exact match and F1 beside torchmetrics, on answers drawn at random from words that collide."""

import random

import pytest

from dlcourse.metrics import squad


@pytest.fixture(scope="module")
def theirs(torchvision):
    return pytest.importorskip("torchmetrics.functional.text").squad


WORDS = [
    "the",
    "a",
    "An",
    "cat",
    "Cat!",
    "red-cat",
    "U.S.",
    "2",
    "2.",
    "é",
    "…",
    "dog's",
    "dogs",
    "",
]


def draw(n):
    return [" ".join(random.choices(WORDS, k=random.randint(0, 5))) for _ in range(n)]


def test_equals_torchmetrics(theirs):
    """torchmetrics takes version 2.0's rule for empty answers; the rest is that of both."""
    random.seed(0)
    predictions = draw(300)
    answers = [draw(random.randint(1, 3)) for _ in predictions]
    for said, gold in zip(predictions, answers, strict=True):
        want = theirs(
            [{"prediction_text": said, "id": "0"}],
            [{"answers": {"answer_start": [0] * len(gold), "text": gold}, "id": "0"}],
        )
        ours = (
            max(squad.exact_match(said, g) for g in gold),
            max(squad.f1(said, g, "2.0") for g in gold),
        )
        assert ours == pytest.approx(
            (want["exact_match"].item() / 100, want["f1"].item() / 100), abs=1e-6
        )
        if squad.normalise(said):
            assert squad.scores(said, gold) == pytest.approx(ours)


def test_totals_equal_torchmetrics(theirs):
    random.seed(1)
    predictions = [f"cat {text}" for text in draw(50)]
    answers = [draw(2) for _ in predictions]
    want = theirs(
        [{"prediction_text": said, "id": str(i)} for i, said in enumerate(predictions)],
        [
            {"answers": {"answer_start": [0, 0], "text": gold}, "id": str(i)}
            for i, gold in enumerate(answers)
        ],
    )
    ours = squad.total(predictions, answers)
    assert ours["exact"] == pytest.approx(want["exact_match"].item(), abs=1e-4)
    assert ours["f1"] == pytest.approx(want["f1"].item(), abs=1e-4)
