import pytest
import torch
from torch.nn import functional as F

from dlcourse.models.words import elmo

WORDS = torch.tensor([[3, 5, 7, 2, 4], [6, 1, 0, 0, 0], [4, 4, 4, 4, 0]])
V, D = 9, 6


@pytest.fixture
def model():
    torch.manual_seed(0)
    return elmo.ELMo(V, width=D, layers=2).eval()


def test_shapes(model):
    assert model(WORDS).shape == (3, 2, 6, V + 2)
    assert model.layers(WORDS).shape == (3, 3, 5, 2 * D)
    assert torch.equal(model.frame(WORDS)[1], torch.tensor([9, 6, 1, 10, 0, 0, 0]))


def test_targets_are_the_next_and_the_previous_word(model):
    after, before = model.targets(WORDS)[1]
    assert after.tolist() == [6, 1, 10, 0, 0, 0]
    assert before.tolist() == [9, 6, 1, 0, 0, 0]
    after, before = model.targets(WORDS)[0]
    assert after.tolist() == [3, 5, 7, 2, 4, 10]
    assert before.tolist() == [9, 3, 5, 7, 2, 4]


@pytest.mark.parametrize("place", range(5))
def test_neither_reader_sees_what_it_predicts(model, place):
    changed = WORDS[:1].clone()
    changed[0, place] = 8
    with torch.no_grad():
        moved = (model(WORDS[:1]) - model(changed)).abs().amax(dim=-1)[0]  # (2, T+1)
    forward, backward = moved > 1e-7
    assert not forward[: place + 1].any()  # places up to `place` predict it, or words before it
    assert forward[place + 1 :].all()
    assert not backward[place + 1 :].any()
    assert backward[: place + 1].all()


def test_layers_hold_the_word_and_one_side_in_each_half(model):
    changed = WORDS[:1].clone()
    changed[0, 2] = 8
    with torch.no_grad():
        layers, other = model.layers(WORDS[:1]), model.layers(changed)
    word, above = layers[0], layers[1:]
    assert torch.equal(word[..., :D], model.embedding(WORDS[:1]))
    assert torch.equal(word[..., :D], word[..., D:])
    moved = (above - other[1:]).abs() > 1e-7  # (2, 1, T, 2D)
    assert not moved[:, 0, :2, :D].any()
    assert moved[:, 0, 2:, :D].any(dim=-1).all()
    assert not moved[:, 0, 3:, D:].any()
    assert moved[:, 0, :3, D:].any(dim=-1).all()


def test_filling_up_changes_nothing(model):
    with torch.no_grad():
        alone, filled = model(WORDS[1:2, :2]), model(WORDS[1:2])
        assert torch.allclose(alone, filled[:, :, :3], atol=1e-6)
        assert torch.allclose(
            model.layers(WORDS[1:2, :2]), model.layers(WORDS[1:2])[:, :, :2], atol=1e-6
        )


def test_backward_is_forward_on_the_turned_sentence(model):
    model.backwards.load_state_dict(model.forwards.state_dict())
    model.begin, model.end = model.end, model.begin
    with torch.no_grad():
        turned = model.layers(WORDS[:1].flip(1)).flip(2)
        model.begin, model.end = model.end, model.begin
        straight = model.layers(WORDS[:1])
    assert torch.allclose(straight[..., :D], turned[..., D:], atol=1e-6)


def test_second_layer_adds_its_input(model):
    for parameter in model.forwards[1].parameters():
        torch.nn.init.zeros_(parameter)  # an LSTM of zeros says zero
    layers = model.layers(WORDS)
    assert torch.equal(layers[2][..., :D], layers[1][..., :D])


def test_loss_is_the_mean_over_words_that_are_there(model):
    with torch.no_grad():
        logits, targets = model(WORDS), model.targets(WORDS)
        total = count = 0
        for b in range(3):
            for way in range(2):
                for t in range(6):
                    if targets[b, way, t]:
                        total += F.cross_entropy(logits[b, way, t], targets[b, way, t]).item()
                        count += 1
    assert count == 2 * (6 + 3 + 5)
    assert elmo.loss(logits, targets).item() == pytest.approx(total / count, rel=1e-5)


def test_scalar_mix_is_a_weighted_mean_times_gamma():
    layers = torch.randn(3, 2, 5, 4)
    mix = elmo.ScalarMix(3)
    assert torch.allclose(mix(layers), layers.mean(dim=0), atol=1e-6)
    with torch.no_grad():
        mix.s.copy_(torch.tensor([0.0, 20.0, 0.0]))
        mix.gamma.fill_(2.0)
    assert torch.allclose(mix(layers), 2 * layers[1], atol=1e-4)


def test_an_empty_sentence_has_its_frame(model):
    nothing = torch.zeros(1, 3, dtype=torch.long)
    assert model.targets(nothing)[0].tolist() == [[10, 0, 0, 0], [9, 0, 0, 0]]
    assert elmo.loss(model(nothing), model.targets(nothing)).isfinite()
