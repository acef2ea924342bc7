"""Words and numbers, and a decoder that ends its texts."""

import pytest
import torch

from dlcourse.models import captioning

TEXTS = ["a red ball", "a cat", "a red ball left of a tree"]


def test_texts_survive_the_round_trip():
    words = captioning.Vocabulary(TEXTS)
    numbers = words.encode(TEXTS)
    assert numbers.shape == (3, words.longest + 1) == (3, 8)
    assert words.decode(numbers) == TEXTS
    assert numbers[:, -1].tolist() == [0, 0, 0]
    with pytest.raises(KeyError, match="dog"):
        words.encode(["a dog"])


def test_an_empty_text_is_its_end():
    words = captioning.Vocabulary(TEXTS)
    assert words.encode([""]).tolist() == [[0]]
    assert words.decode(torch.tensor([[0, 3, 2], [1, 2, 1]])) == ["", "a ball a"]


def test_words_after_the_end_cost_nothing_and_the_end_does():
    logits = torch.zeros(1, 4, 3)
    words = torch.tensor([[2, 0, 0, 0]])
    right, late = logits.clone(), logits.clone()
    right[0, [0, 1], [2, 0]] = 50.0
    late[0, 2:, 1] = 50.0
    assert captioning.word_loss(right, words).item() < 1e-6
    want = torch.log(torch.tensor(3.0)).item()
    assert captioning.word_loss(late, words).item() == pytest.approx(want)


def test_what_is_said_is_what_is_likeliest_and_nothing_follows_the_end():
    torch.manual_seed(0)
    decoder, code = captioning.WordDecoder(5, width=8), 3 * torch.randn(40, 8)
    said = decoder.generate(code, 6)
    assert said.shape == (40, 6)
    ended = (said == 0).cumsum(dim=1) > 0
    assert ended.any()
    assert not said[ended].any()
    with torch.no_grad():
        likeliest = decoder(code, said).argmax(dim=-1)
    going = ~ended | (ended.cumsum(dim=1) == 1)  # up to the first end, which counts
    assert torch.equal(likeliest[going], said[going])
