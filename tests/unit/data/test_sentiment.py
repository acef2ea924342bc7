import pytest
import torch

from dlcourse.data import sentiment
from dlcourse.runtime import CourseError

GOOD, BAD = set(sentiment.POSITIVE), set(sentiment.NEGATIVE)
NEGATING = {word for phrase in sentiment.NEGATORS for word in phrase.split()}
NEGATING -= {"very", "really", "but"}


def verdicts(text: str) -> list[tuple[str, str, bool]]:
    """Read a sentence from scratch: what stands before an adjective, it, and is it praise?"""
    found, before = [], []
    for word in text.split():
        if word in GOOD | BAD:
            negator = " ".join(before)
            turned = bool(NEGATING & set(before))
            found.append((negator, word, (word in GOOD) != turned))
            before = []
        elif word in sentiment.VERBS or word == "and" or (word == "but" and before != ["anything"]):
            before = []
        else:
            before.append(word)
    return found


@pytest.mark.parametrize("held_out", [False, True])
def test_labels_are_what_the_words_say(held_out):
    sentences = sentiment.write(2000, seed=3, held_out=held_out)
    facts = zip(sentences.texts(), sentences.labels, sentences.negated, sentences.contrast)
    for text, label, negated, contrast in facts:
        read = verdicts(text)
        assert read[-1][2] == label, text
        assert negated == any(NEGATING & set(before.split()) for before, _, _ in read), text
        assert contrast == (len(read) == 2 and read[0][2] != read[1][2]), text


def test_held_out_pairs_are_never_trained_on():
    texts = (sentiment.write(6000, held_out=flag).texts() for flag in (False, True))
    known, new = ({pair[:2] for text in some for pair in verdicts(text)} for some in texts)
    negated = {pair for pair in new if NEGATING & set(pair[0].split())}
    assert len(negated) == len(sentiment.NEGATORS) * 24 // 4
    assert not negated & known
    assert {word for _, word in negated} == GOOD | BAD  # but all the words are known


def test_write_is_seeded_balanced_and_fits():
    one, same, other = sentiment.write(4000), sentiment.write(4000), sentiment.write(4000, seed=1)
    assert torch.equal(one.words, same.words)
    assert not torch.equal(one.words, other.words)
    assert 0.47 < one.labels.float().mean() < 0.53
    assert one.words.shape == (4000, sentiment.LENGTH)
    assert all(text.endswith(" .") for text in one.texts())  # none was cut
    assert len(sentiment.write(0)) == 0


def test_encode_and_decode_are_inverse():
    texts = sentiment.write(50, seed=2).texts()
    assert [sentiment.VOCABULARY.decode(row) for row in sentiment.VOCABULARY.encode(texts)] == texts
    with pytest.raises(CourseError, match="'xylophone'"):
        sentiment.VOCABULARY.encode(["the film was xylophone ."])
