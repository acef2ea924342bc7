import platform
from pathlib import Path

import pytest
import torch

from dlcourse import data
from dlcourse.models.transformer import bert
from dlcourse.runtime import CourseError
from dlcourse.text import wordpieces

TINY = bert.BertConfig(vocabulary=40, D=16, layers=2, h=2, F=32, longest=12)


def test_published_sizes():
    for name, count in [("bert-base-uncased", 109_482_240), ("bert-large-uncased", 335_141_888)]:
        with torch.device("meta"):
            model = bert.Bert(bert.BertConfig.published(name))
        assert sum(p.numel() for p in model.parameters()) == count
    with pytest.raises(CourseError, match=r"'bert-huge'.*bert-base-uncased, bert-large-uncased"):
        bert.BertConfig.published("bert-huge")


def test_padding_changes_nothing_and_both_sides_are_seen():
    torch.manual_seed(0)
    model = bert.BertForMaskedLM(TINY).eval()
    words = torch.randint(5, 40, (1, 6))
    mask = torch.ones(1, 9, dtype=torch.bool)
    mask[:, 6:] = False
    padded = torch.cat([words, torch.randint(5, 40, (1, 3))], dim=1)
    short, long = model(words), model(padded, mask)
    torch.testing.assert_close(long[:, :6], short)
    for place in (0, 5):  # a change before or after is seen at 3
        changed = words.clone()
        changed[0, place] = (changed[0, place] + 1) % 40
        assert not torch.allclose(model(changed)[0, 3], short[0, 3])


def test_the_decoder_is_the_table_of_words():
    model = bert.BertForMaskedLM(TINY)
    names = [name for name, _ in model.named_parameters()]
    assert sum(p.shape == (40, 16) for p in model.parameters()) == 1
    assert "bias" in names
    model(torch.tensor([[5, 6]])).sum().backward()
    assert (
        model.bert.words.weight.grad[30].abs().sum() > 0
    )  # never read, but might have been written


def test_logits_are_computed_where_they_are_asked_for():
    model = bert.BertForMaskedLM(TINY).eval()
    words = torch.randint(5, 40, (3, 7))
    at = torch.zeros(3, 7, dtype=torch.bool)
    at[0, 2] = at[2, 6] = True
    torch.testing.assert_close(model(words, at=at), model(words)[at])


def test_too_long_a_text_is_told():
    with pytest.raises(CourseError, match="13 pieces, but there are 12 positions"):
        bert.Bert(TINY)(torch.zeros(1, 13, dtype=torch.long))


def test_classification_begins_from_a_pretrained_file():
    model = bert.BertForClassification(TINY, classes=3)
    assert model(torch.zeros(4, 5, dtype=torch.long)).shape == (4, 3)
    masked = bert.BertForMaskedLM(TINY)
    assert masked.bert.pooler is None
    model.bert.load_state_dict(masked.bert.state_dict(), strict=False)
    assert torch.equal(model.bert.blocks[1].up.weight, masked.bert.blocks[1].up.weight)


def test_hide_is_80_10_10():
    torch.manual_seed(0)
    words = torch.randint(5, 1000, (400, 100))
    may = torch.rand(words.shape) < 0.5
    hidden, chosen = bert.hide(words, may, mask=4, vocabulary=1000)
    assert not (chosen & ~may).any()
    assert torch.equal(hidden[~chosen], words[~chosen])
    assert chosen[may].float().mean().item() == pytest.approx(0.15, abs=0.01)
    assert (hidden[chosen] == 4).float().mean().item() == pytest.approx(0.8, abs=0.025)
    assert (hidden[chosen] == words[chosen]).float().mean().item() == pytest.approx(0.1, abs=0.02)
    other = hidden[chosen & (hidden != 4) & (hidden != words)]
    assert other.min() < 50
    assert other.max() > 950
    _, all_of = bert.hide(words, may, mask=4, vocabulary=1000, share=1.0)
    assert torch.equal(all_of, may)


def test_the_checkpoint_measures_as_its_card_says(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3] / "scripts/train"))
    import train_bert

    weights = data.checkpoint("bert")
    pieces = wordpieces.WordPieces.from_tensor(weights.pop("vocabulary"))
    model = train_bert.build(len(pieces))
    model.load_state_dict(weights)
    texts = [sentence.text for sentence in data.load_manual()[1]]
    found, card = (
        train_bert.measure(train_bert.masked(model), texts, pieces),
        data.checkpoint_card("bert")["metrics"],
    )
    # Another Python has other sentences in its manual: the card is then about right only.
    same = card["python"].split(".")[:2] == platform.python_version().split(".")[:2]
    for name, within in [("loss", 0.4), ("top1", 0.08), ("top5", 0.08)]:
        assert found[name] == pytest.approx(card[name], abs=within / 20 if same else within)
    assert len(texts) > 100
