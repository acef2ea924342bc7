"""BERT against `transformers`, which is a dependency of the tests only."""

import pytest
import torch
from safetensors.torch import load_file

from dlcourse.models.transformer import bert
from dlcourse.runtime import CourseError
from dlcourse.text import wordpieces

transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.usefixtures("torchvision")  # which transformers imports

TINY = bert.BertConfig(vocabulary=50, D=32, layers=3, h=4, F=64, longest=20)
THEIRS = {
    "vocab_size": 50,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 20,
    "num_labels": 5,
}


@pytest.fixture(scope="module")
def text():
    """Return words (4, 12), of lengths 12, 7, 3 and 1, with mask and segments."""
    torch.manual_seed(1)
    words = torch.randint(1, 50, (4, 12))
    mask = torch.arange(12) < torch.tensor([12, 7, 3, 1])[:, None]
    return words * mask, mask, (torch.arange(12) > 4).long().expand(4, 12) * mask


def build(kind):
    """Return their model with all parameters drawn anew: then no bias is zero and no scale one."""
    torch.manual_seed(0)
    model = getattr(transformers, kind)(transformers.BertConfig(**THEIRS)).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.normal_(std=0.2)
    return model


def published(model, folder):
    """Return the state dict as the file on the disk has it."""
    model.save_pretrained(folder)
    return load_file(folder / "model.safetensors")


def ours(kind, classes=5):
    return {
        "BertModel": lambda: bert.Bert(TINY),
        "BertForMaskedLM": lambda: bert.BertForMaskedLM(TINY),
        "BertForSequenceClassification": lambda: bert.BertForClassification(TINY, classes),
    }[kind]().eval()


KINDS = ["BertModel", "BertForMaskedLM", "BertForSequenceClassification"]


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_outputs_are_those_of_transformers(kind, text, tmp_path):
    theirs, model = build(kind), ours(kind)
    model.load_published(published(theirs, tmp_path))
    words, mask, segments = text
    for extra in [(), (mask,), (mask, segments)]:
        names = dict(zip(("attention_mask", "token_type_ids"), extra))
        want, got = theirs(words, **names), model(words, *extra)
        seen = mask if extra else torch.ones_like(mask)
        if kind == "BertModel":
            pairs = [(got[0][seen], want.last_hidden_state[seen]), (got[1], want.pooler_output)]
        elif kind == "BertForMaskedLM":
            pairs = [(got[seen], want.logits[seen]), (model(words, *extra, at=seen), got[seen])]
        else:
            pairs = [(got, want.logits)]
        for a, b in pairs:
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_gradients_and_the_tie_are_those_of_transformers(text, tmp_path):
    theirs, model = build("BertForMaskedLM"), ours("BertForMaskedLM")
    model.load_published(published(theirs, tmp_path))
    words, mask, _ = text
    with torch.enable_grad():
        labels = words.masked_fill(~mask, -100)
        theirs(words, attention_mask=mask, labels=labels).loss.backward()
        logits = model(words, mask, at=mask)
        torch.nn.functional.cross_entropy(logits, words[mask]).backward()
    want = theirs.bert.embeddings.word_embeddings.weight.grad
    got = model.bert.words.weight.grad
    torch.testing.assert_close(got[1:], want[1:], atol=1e-5, rtol=1e-4)  # 0 is their padding


@torch.no_grad()
def test_files_of_the_first_years_are_taken_too(text, tmp_path):
    """They hold gamma and beta, a copy of the table, next-sentence head, pooler and buffers."""
    theirs, model = build("BertForPreTraining"), ours("BertForMaskedLM")
    state = published(theirs, tmp_path)
    assert any(key.startswith("cls.seq_relationship") for key in state)
    older = {
        key.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        ): w
        for key, w in state.items()
    }
    older["cls.predictions.decoder.weight"] = state["bert.embeddings.word_embeddings.weight"]
    older["bert.embeddings.position_ids"] = torch.arange(20)[None]
    assert older.keys() - state.keys() > {"bert.embeddings.LayerNorm.gamma"}
    model.load_published(older)
    words, mask, segments = text
    want = theirs(words, attention_mask=mask, token_type_ids=segments)
    torch.testing.assert_close(
        model(words, mask, segments)[mask], want.prediction_logits[mask], atol=1e-5, rtol=1e-5
    )
    bare = ours("BertModel")
    bare.load_published(older)
    next_sentence = theirs.cls.seq_relationship(bare(words, mask, segments)[1])
    torch.testing.assert_close(next_sentence, want.seq_relationship_logits, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_file_is_refused_by_its_first_wrong_key(kind, tmp_path):
    state, model = published(build(kind), tmp_path), ours(kind)
    before = {name: p.clone() for name, p in model.state_dict().items()}
    prefix = "" if kind == "BertModel" else "bert."
    key = f"{prefix}encoder.layer.1.intermediate.dense.weight"
    missing = {k: v for k, v in state.items() if k != key}
    with pytest.raises(CourseError, match=r"blocks\.1\.up\.weight is missing"):
        model.load_published(missing)
    with pytest.raises(
        CourseError, match=rf"{key} is of shape \(64, 31\), and here it is \(64, 32\)"
    ):
        model.load_published(state | {key: state[key][:, 1:]})
    other = f"{prefix}encoder.layer.3.intermediate.dense.weight"
    with pytest.raises(CourseError, match=f"{other} has no place"):
        model.load_published(state | {other: state[key]})
    assert all(torch.equal(p, before[name]) for name, p in model.state_dict().items())


def test_published_sizes_are_those_of_transformers():
    for name in ("bert-base-uncased", "bert-large-uncased"):
        config = bert.BertConfig.published(name)
        theirs = transformers.BertConfig(
            hidden_size=config.D,
            num_hidden_layers=config.layers,
            num_attention_heads=config.h,
            intermediate_size=config.F,
        )
        with torch.device("meta"):
            pairs = [
                (bert.Bert(config), transformers.BertModel(theirs)),
                (bert.BertForMaskedLM(config), transformers.BertForMaskedLM(theirs)),
            ]
        for ours_, theirs_ in pairs:
            assert sum(p.numel() for p in ours_.parameters()) == theirs_.num_parameters()
        assert sum(p.numel() for p in pairs[0][0].parameters()) == (
            109_482_240 if "base" in name else 335_141_888
        )


TEXTS = [
    "The __len__() method of a class isn't unhashable!",
    "Café, naïve; 我爱中国 and [MASK] [SEP]end",
    "  tabs\tand\nnewlines -- 3.14 ",
    "",
]


def test_words_are_cut_as_by_transformers(tmp_path):
    pieces = wordpieces.learn(TEXTS + ["unhash able cafe naive method newline tab"] * 3, 120)
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(pieces.pieces) + "\n", encoding="utf-8")
    theirs = transformers.BertTokenizer(vocab=str(path))
    for text in [*TEXTS, "hashed unable [UNK] zzzéß ☃ method"]:
        assert pieces.encode([text])[0].tolist() == theirs(text)["input_ids"]
