import torch

from dlcourse.models.rnn.seq2seq import Seq2Seq
from dlcourse.models.transformer.transformer import beam_search
from dlcourse.text import BEGIN, before


def build():
    torch.manual_seed(0)
    source, target = torch.randint(3, 11, (3, 7)), torch.randint(3, 13, (3, 6))
    source[0, 4:], target[0, 3:] = 0, 0
    return Seq2Seq(11, 13, 16).eval(), source, target


def test_it_scores_every_word_and_says_where_it_looked():
    model, source, target = build()
    logits, weights = model.decode(before(target), *model.encode(source), need_weights=True)
    assert torch.equal(model(source, target), logits)
    assert logits.shape == (3, 6, 13)
    assert weights.shape == (3, 1, 1, 6, 7)
    assert torch.allclose(weights.sum(dim=-1), torch.ones(3, 1, 1, 6))
    assert weights[0, ..., 4:].abs().max() == 0


def test_padding_of_the_source_changes_nothing():
    model, source, target = build()
    assert torch.allclose(model(source, target)[:1], model(source[:1, :4], target[:1]), atol=1e-6)


def test_no_word_sees_itself_or_what_follows():
    model, source, target = build()
    logits = model(source, target)
    target[:, 3] = 5 + (target[:, 3] == 5)
    changed = model(source, target)
    assert torch.equal(changed[:, :4], logits[:, :4])
    assert (changed[:, 4:] - logits[:, 4:]).abs().amax(dim=-1).min() > 1e-5


def test_one_step_is_bahdanaus():
    """Score, context, cell and maxout of the paper's appendix, one source position at a time."""
    model, source, _ = build()
    h, mask = model.encode(source)
    words = torch.full((3, 1), BEGIN)
    logits, weights = model.decode(words, h, mask, need_weights=True)
    b, n = 0, 4
    s = torch.tanh(model.start.weight @ h[b, 0, 16:] + model.start.bias)
    query, keys = model.W.weight @ s, [model.U.weight @ h[b, j] for j in range(n)]
    e = [model.v.weight[0] @ torch.tanh(query + key) for key in keys]
    a = torch.stack(e).softmax(dim=0)
    assert torch.allclose(weights[b, 0, 0, 0, :n], a, atol=1e-6)
    c, y = sum(a[j] * h[b, j] for j in range(n)), model.target.weight[BEGIN]
    s = model.cell(torch.cat([y, c])[None], s[None])[0]
    pairs = model.readout(torch.cat([s, c, y]))
    maxout = torch.maximum(pairs[0::2], pairs[1::2])
    assert torch.allclose(logits[b, 0], model.output(maxout), atol=1e-5)


def test_the_encoder_reads_both_ways():
    model, source, _ = build()
    h, _ = model.encode(source)
    source[1, 3] = 3 + (source[1, 3] == 3)
    moved = (model.encode(source)[0] - h)[1].abs()
    assert moved[:3, :16].max() == 0
    assert moved[:3, 16:].max() > 0
    assert moved[4:, :16].max() > 0
    assert moved[4:, 16:].max() == 0


def test_beam_search_writes_with_it():
    model, source, _ = build()
    words, scores = beam_search(model, source, beam=3, longest=5)
    assert words.shape[0] == 3
    assert words.shape[1] <= 5
    assert scores.isfinite().all()
