"""A decoder that ends its texts."""

import pytest
import torch

from dlcourse.models.rnn import captioning
from dlcourse.text import END


def test_words_after_the_end_cost_nothing_and_the_end_does():
    logits = torch.zeros(1, 4, 3)
    words = torch.tensor([[1, END, 0, 0]])
    right, late = logits.clone(), logits.clone()
    right[0, [0, 1], [1, END]] = 50.0
    late[0, 2:, 1] = 50.0
    assert captioning.word_loss(right, words).item() < 1e-6
    want = torch.log(torch.tensor(3.0)).item()
    assert captioning.word_loss(late, words).item() == pytest.approx(want)


def test_what_is_said_is_what_is_likeliest_and_nothing_follows_the_end():
    torch.manual_seed(0)
    decoder, code = captioning.WordDecoder(5, width=8), 3 * torch.randn(40, 8)
    said = decoder.generate(code, 6)
    assert said.shape == (40, 6)
    ended = (said == END).cumsum(dim=1) > 0
    assert ended.any()
    assert not said[ended & (said != END)].any()
    with torch.no_grad():
        likeliest = decoder(code, said).argmax(dim=-1)
    going = ~ended | (ended.cumsum(dim=1) == 1)  # up to the first end, which counts
    assert torch.equal(likeliest[going], said[going])
