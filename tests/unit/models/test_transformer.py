import math

import pytest
import torch

from dlcourse.models.transformer.transformer import (
    DecoderBlock,
    EncoderBlock,
    Transformer,
    TransformerConfig,
    beam_search,
    sinusoids,
    smoothed_loss,
    warm_up,
)
from dlcourse.runtime import CourseError
from dlcourse.text import BEGIN, END, before

TINY = {"D": 16, "layers": 2, "h": 4, "F": 32, "dropout": 0.0}


@pytest.fixture(params=[("pre", "sinusoidal"), ("post", "learned")])
def model(request):
    torch.manual_seed(0)
    norm, positions = request.param
    return Transformer(TransformerConfig(11, 13, **TINY, norm=norm, positions=positions)).eval()


def sentences(B=3, S=7, T=6):
    torch.manual_seed(1)
    source, target = torch.randint(3, 11, (B, S)), torch.randint(3, 13, (B, T))
    source[0, 4:], target[0, 3:] = 0, 0
    return source, target


def test_it_scores_every_word_and_says_where_it_looked(model):
    source, target = sentences()
    logits = model(source, target)
    assert logits.shape == (3, 6, 13)
    again, weights = model.decode(before(target), *model.encode(source), need_weights=True)
    assert torch.allclose(logits, again, atol=1e-5)
    assert weights.shape == (3, 2, 4, 6, 7)
    assert torch.allclose(weights.sum(dim=-1), torch.ones(3, 2, 4, 6))
    assert weights[0, ..., 4:].abs().max() == 0  # nobody looks at padding


def test_no_word_sees_itself_or_what_follows(model):
    source, target = sentences()
    logits = model(source, target)
    target[:, 3] = 5 + (target[:, 3] == 5)
    changed = model(source, target)
    assert torch.allclose(changed[:, :4], logits[:, :4], atol=1e-6)
    assert (changed[:, 4:] - logits[:, 4:]).abs().amax(dim=-1).min() > 1e-4


def test_padding_of_the_source_changes_nothing(model):
    source, target = sentences()
    alone = model(source[:1, :4], target[:1])
    assert torch.allclose(model(source, target)[:1], alone, atol=1e-5)


def test_before_is_one_word_late():
    assert before(torch.tensor([[5, 6, END, 0]])).tolist() == [[BEGIN, 5, 6, END]]


def test_positions_are_those_of_the_paper_and_turn():
    waves = sinusoids(50, 8).double()
    assert waves[3, 2] == pytest.approx(math.sin(3 / 10_000 ** (2 / 8)), abs=1e-6)
    assert waves[3, 3] == pytest.approx(math.cos(3 / 10_000 ** (2 / 8)), abs=1e-6)
    products = waves @ waves.T  # of two positions: depends on their distance alone
    assert products[10, 13] == pytest.approx(products[40, 43].item(), abs=1e-5)
    assert sinusoids(4, 5).shape == (4, 5)


def test_learned_positions_end_where_the_table_ends():
    config = TransformerConfig(9, **TINY, positions="learned", longest=5)
    model = Transformer(config)
    with pytest.raises(CourseError, match="6 words, but positions are learned for 5"):
        model.encode(torch.ones(1, 6, dtype=torch.int64))


def test_one_vocabulary_is_one_table_and_the_output_is_tied():
    shared = Transformer(TransformerConfig(9, **TINY))
    apart = Transformer(TransformerConfig(9, 9, **TINY))
    assert shared.source is shared.target
    more = sum(p.numel() for p in apart.parameters()) - sum(p.numel() for p in shared.parameters())
    assert more == 9 * 16
    source, target = sentences(S=5, T=4)
    source, target = source % 9, target % 9
    model = apart.eval()
    with torch.no_grad():
        logits = model(source, target)
        model.target.weight[8] *= 0  # word 8 as input, and as answer: its logit
    assert model(source, target)[..., 8].abs().max() == 0
    assert logits[..., 8].abs().min() > 0


def test_embeddings_are_of_the_order_of_the_positions():
    torch.manual_seed(0)
    model = Transformer(TransformerConfig(500, D=64, layers=1, h=4, F=64))
    assert (model.source.weight * math.sqrt(64)).std().item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("name", "count"), [("base", 63_082_496), ("big", 214_245_376)])
def test_published_sizes(name, count):
    """Table 3 says 65 and 213 million; by hand, with biases: see the config's docstring."""
    config = TransformerConfig.published(name)
    D, F = config.D, config.F
    attention, norm, feed = 4 * (D * D + D), 2 * D, 2 * D * F + D + F
    by_hand = 6 * (attention + feed + 2 * norm) + 6 * (2 * attention + feed + 3 * norm)
    with torch.device("meta"):
        model = Transformer(config)
    assert sum(p.numel() for p in model.parameters()) == by_hand + 37_000 * D == count
    assert count == pytest.approx({"base": 65e6, "big": 213e6}[name], rel=0.035)


def test_unknown_names_are_told():
    with pytest.raises(CourseError, match="base, big"):
        TransformerConfig.published("huge")
    with pytest.raises(CourseError, match="sinusoidal"):
        Transformer(TransformerConfig(9, **TINY, positions="none"))


def test_pre_norm_at_zero_is_the_identity_and_post_norm_is_not():
    x, memory = torch.randn(2, 5, 16), torch.randn(2, 3, 16)
    for norm in ("pre", "post"):
        encoder, decoder = EncoderBlock(16, 4, 32, norm=norm), DecoderBlock(16, 4, 32, norm=norm)
        for p in (*encoder.parameters(), *decoder.parameters()):
            if p.dim() > 1:
                torch.nn.init.zeros_(p)
        for block in (encoder, decoder):  # biases of torch's layers are not zero
            for layer in block.modules():
                if isinstance(layer, torch.nn.Linear):
                    torch.nn.init.zeros_(layer.bias)
        same = [torch.equal(encoder(x)[0], x), torch.equal(decoder(x, memory)[0], x)]
        assert same == [norm == "pre"] * 2


def test_smoothing_asks_for_less_than_certainty():
    logits = torch.randn(2, 3, 5, requires_grad=True)
    target = torch.tensor([[4, END, 0], [3, 3, END]])
    q = torch.full((2, 3, 5), 0.1 / 5).scatter(-1, target[..., None], 0.9 + 0.1 / 5)
    by_hand = -(q * logits.log_softmax(-1)).sum(-1)[target > 0].mean()
    assert smoothed_loss(logits, target).item() == pytest.approx(by_hand.item(), abs=1e-6)


def test_warm_up_rises_in_a_line_and_falls():
    assert warm_up(4000, 512) == pytest.approx(7e-4, rel=0.01)
    assert warm_up(1000, 512) == pytest.approx(warm_up(4000, 512) / 4)
    assert warm_up(16_000, 512) == pytest.approx(warm_up(4000, 512) / 2)


class Table(torch.nn.Module):
    """A stand-in for a model: the next word depends on the word before alone, by a table."""

    def __init__(self, table):
        super().__init__()
        self.table = table

    def encode(self, source):
        return (source,)

    def decode(self, words, source):
        return self.table[words], None


# Words 3 and 4: the likelier first word, 3, leads nowhere good.
GARDEN = torch.full((5, 5), 1e-9)
GARDEN[BEGIN, 3], GARDEN[BEGIN, 4] = 0.6, 0.4
GARDEN[3] = torch.tensor([0, 0, 0.34, 0.33, 0.33])
GARDEN[4] = torch.tensor([0, 0, 0.9, 0.05, 0.05])


def test_beam_finds_what_greed_misses():
    model, source = Table(GARDEN.log()), torch.zeros(1, 1, dtype=torch.int64)
    greedy, _ = beam_search(model, source, beam=1, penalty=0.0)
    assert greedy.tolist() == [[3, END]]
    best, score = beam_search(model, source, beam=2, penalty=0.0)
    assert best.tolist() == [[4, END]]
    assert score.item() == pytest.approx(math.log(0.4 * 0.9), abs=1e-5)


def test_a_wide_beam_is_an_exhaustive_search(model):
    """Every sentence of at most three words, scored by teacher forcing, beside a beam of all."""
    source, _ = sentences()
    model.target.weight.data[7:] = 0  # words 7 to 12 are not worth a beam
    for penalty in (0.0, 0.6):
        best, score = beam_search(model, source, beam=13**2, penalty=penalty, longest=3)
        words = torch.cartesian_prod(*[torch.arange(2, 13)] * 3)
        ended = (words == END).cumsum(dim=1)
        words = words.masked_fill(ended - (words == END).int() > 0, 0).unique(dim=0)
        for b in range(len(source)):
            logits = model(source[b : b + 1].expand(len(words), -1), words)
            log_p = logits.log_softmax(-1).gather(-1, words[..., None])[..., 0]
            log_p = (log_p * (words > 0)).sum(dim=1)
            length = (words > 0).sum(dim=1)
            scores = log_p / ((5 + length) / 6) ** penalty
            assert scores.max().item() == pytest.approx(score[b].item(), abs=1e-4)
            row = words[scores.argmax()]
            assert best[b].tolist() == row[: best.shape[1]].tolist()


def test_greedy_is_the_likeliest_word_again_and_again_and_ends(model):
    source, _ = sentences()
    written, _ = beam_search(model, source, beam=1, longest=9)
    words = torch.full((3, 1), BEGIN)
    for t in range(written.shape[1]):
        logits = model.decode(words, *model.encode(source))[0][:, -1]
        logits[:, :2] = -math.inf
        word = logits.argmax(dim=-1).where((words != END).all(dim=1), torch.tensor(0))
        assert torch.equal(word, written[:, t])
        words = torch.cat([words, word[:, None]], dim=1)
    assert written.shape[1] <= 9


def test_search_leaves_the_mode_as_it_was(model):
    source, _ = sentences()
    model.train()
    beam_search(model, source, longest=2)
    assert model.training


def test_an_output_layer_of_its_own():
    tied, own = (Transformer(TransformerConfig(9, 13, **TINY, tied=tied)) for tied in (True, False))
    assert tied.output.weight is tied.target.weight
    more = sum(p.numel() for p in own.parameters()) - sum(p.numel() for p in tied.parameters())
    assert more == 13 * 16
