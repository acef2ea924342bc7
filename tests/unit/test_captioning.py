"""Words and numbers, regions cut out of a map, and a decoder that ends its texts."""

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


def test_a_box_of_whole_cells_is_copied():
    features = torch.arange(2 * 4 * 6).reshape(2, 1, 4, 6).float()
    boxes = torch.tensor([[4.0, 2.0, 8.0, 6.0], [0.0, 0.0, 4.0, 4.0]])  # in a picture of 8 x 12
    cut = captioning.crop_regions(features, boxes, torch.tensor([1, 0]), size=2, scale=0.5)
    assert torch.allclose(cut[0, 0], features[1, 0, 1:3, 2:4])
    assert torch.allclose(cut[1, 0], features[0, 0, :2, :2], atol=1e-5)


def test_boxes_get_a_gradient():
    boxes = torch.tensor([[1.0, 1.0, 5.0, 6.0]], requires_grad=True)
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    captioning.crop_regions(ramp, boxes, torch.tensor([0]), size=3, scale=1.0).sum().backward()
    assert boxes.grad[0].tolist() == pytest.approx([4.5, 0, 4.5, 0], abs=1e-4)


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
