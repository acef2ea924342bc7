import pytest
import torch

from dlcourse.runtime import CourseError
from dlcourse.text import BEGIN, END, PAD, UNKNOWN, Vocabulary, before

TEXTS = ["a red ball", "a cat", "", "the cat on the ball"]


@pytest.mark.parametrize("special", range(5))
@pytest.mark.parametrize("options", [{}, {"split": list, "joint": ""}])
def test_texts_come_back(special, options):
    words = Vocabulary.of(TEXTS, special=special, **options)
    rows = words.encode(TEXTS) if special else [words.encode([text])[0] for text in TEXTS]
    assert [words.decode(row) for row in rows] == TEXTS
    assert len(words) == special + len({w for t in TEXTS for w in words.split(t)})


def test_special_numbers_stand_around_and_after_a_text():
    words = Vocabulary(["x", "y"])
    rows = words.encode(["x", "y x"], begin=True, end=True)
    assert rows.tolist() == [[BEGIN, 4, END, PAD], [BEGIN, 5, 4, END]]
    assert words.decode(rows[1]) == "<begin> y x"
    assert words.encode(["x"], length=3).tolist() == [[4, PAD, PAD]]
    assert words.encode([], length=3).shape == (0, 3)
    assert words.encode([]).shape == (0, 0)
    assert words.encode(["x", "y x"]).dtype == words.encode([""]).dtype == torch.int64


def test_a_text_ends_where_it_says():
    words = Vocabulary(["x", "y"])
    assert words.decode([4, END, 5]) == "x"
    assert words.decode(torch.tensor([4, PAD, 5])) == "x y"


def test_an_unknown_word_has_a_number_or_is_named():
    assert Vocabulary(["x"]).encode(["x z"]).tolist() == [[4, UNKNOWN]]
    assert Vocabulary(["x"]).decode([4, UNKNOWN]) == "x <unknown>"
    with pytest.raises(CourseError, match="'x z': 'z' is not among the 1 words"):
        Vocabulary(["x"], special=3).encode(["x z"])


def test_what_cannot_be_is_refused_in_a_line():
    with pytest.raises(CourseError, match="'y' is there twice"):
        Vocabulary(["x", "y", "z", "y"])
    with pytest.raises(CourseError, match="3 words, but there is room for 2"):
        Vocabulary(["x"]).encode(["x x x"], length=2)


def test_a_decoder_reads_one_word_later():
    assert before(torch.tensor([[5, 6, END, PAD]])).tolist() == [[BEGIN, 5, 6, END]]
