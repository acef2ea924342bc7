import pytest
import torch

from dlcourse.data import lexicon, translation
from dlcourse.runtime import CourseError


@pytest.fixture(scope="module")
def pairs():
    return translation.write(1500, seed=3)


@pytest.fixture(scope="module")
def new():
    return translation.write(1500, seed=3, held_out=True)


def test_the_decks_sentence_is_in_it_and_held_out():
    assert translation.held_out_pair("爱", "中国")
    found = dict(translation.write(8000, seed=1, held_out=True).texts())
    assert found["我爱中国"] == "I love China"
    row = translation.CHARACTERS.encode(["我爱中国"])
    assert translation.CHARACTERS.decode(row[0]) == "我爱中国"
    assert translation.pinyin(row[0]) == ["wo", "ai", "zhong", "guo"]


def objects(text: str) -> set[tuple[str, str]]:
    """Read the verb and object of plain sentences without a clause, from the text alone."""
    found = set()
    if {"的", "把", "被"} & set(text):
        return found
    for verb in lexicon.VERBS:
        _, there, after = text.partition(verb)
        after = after.removeprefix("了").removesuffix("吗")
        if there and after:
            things = [thing for thing in translation._THINGS if after.endswith(thing)]
            found |= {(verb, thing) for thing in things}
    return found


def test_the_split_is_by_composition(pairs, new):
    known = {pair for text, _ in pairs.texts() for pair in objects(text)}
    held = {pair for text, _ in new.texts() for pair in objects(text)}
    assert len(known) > 30
    assert len(held) > 15
    assert not any(translation.held_out_pair(*pair) for pair in known)
    assert all(translation.held_out_pair(*pair) for pair in held)
    assert not {text for text, _ in pairs.texts()} & {text for text, _ in new.texts()}


def test_held_out_uses_no_unknown_word(pairs, new):
    known = translation.write(6000, seed=5)
    assert set(new.source.unique().tolist()) <= set(known.source.unique().tolist())
    assert set(new.target.unique().tolist()) <= set(known.target.unique().tolist())
    assert len(known.target.unique()) == len(translation.WORDS) - 1  # all but <begin>
    assert len(known.source.unique()) == len(translation.CHARACTERS) - 1


def test_one_translation_each(pairs, new):
    written = {}
    for texts in (pairs.texts(), new.texts(), translation.write(4000, seed=4).texts()):
        for zh, en in texts:
            assert written.setdefault(zh, en) == en


WORDS_OF = {
    en: zh
    for zh, forms in [
        *((zh, forms) for zh, forms in (lexicon.VERBS | lexicon.GIVING).items()),
        *((zh, forms[1:]) for zh, forms in lexicon.NOUNS.items()),
        *((zh, [en]) for zh, en in (lexicon.NAMES | lexicon.ADJECTIVES).items()),
        *((zh + "的", [possessive]) for zh, (*_, possessive) in lexicon.PRONOUNS.items()),
        *((zh, [en.split()[-1]]) for zh, (en, _) in lexicon.TIMES.items() if " " not in en),
    ]
    for en in forms
}


def test_the_alignment_is_what_the_lexicon_says(pairs):
    checked = 0
    for b in range(300):
        zh, en = pairs[b : b + 1].texts()[0]
        for t, word in enumerate(en.split()):
            where = pairs.alignment[b, t].nonzero()[:, 0].tolist()
            if word == "her" and "".join(zh[s] for s in where) == "她":  # as an object
                continue
            if word in WORDS_OF:
                assert "".join(zh[s] for s in where) == WORDS_OF[word], (zh, en)
                checked += 1
            if word in ("the", "will", "be"):
                assert not where
        assert not pairs.alignment[b, len(en.split()) :].any()
    assert checked > 1000


def test_a_character_gives_one_word_but_in_times_and_passives(pairs):
    times = {word for text, _ in lexicon.TIMES.values() for word in text.split()}
    for b in range(200):
        _, en = pairs[b : b + 1].texts()[0]
        users = pairs.alignment[b].sum(dim=0)
        if not (times | {"not", "by"}) & set(en.split()):  # "is" and "by" are both of 被
            assert users.max() <= 1, en


def test_agreement_tense_and_order():
    texts = translation.write(3000, seed=8).texts()
    helpers = {"do", "does", "did", "will", "am", "is", "are", "was", "were"}
    slips = ("I loves", "he love", "she see", "I is", "they was", "by I", "by he", "to we")
    for zh, en in texts:
        words = en.split()
        assert "did" not in words or "yesterday" in words or "last" in words, en
        assert "will" in words or not {"tomorrow", "next"} & set(words), en
        assert zh.endswith("吗") == (words[0] in helpers), en
        if words[0] not in helpers:  # "does he love" is right
            assert not any(f" {slip} " in f" {en} " for slip in slips), en
        assert zh.count("被") == words.count("by"), en
        assert zh.count("把") == zh.count("给") == words.count("to"), en
        assert words[-1] not in {"who", "the", "to", "by", "a"}, en


def test_write_is_seeded_and_cut_to_size(pairs):
    again, other = translation.write(50, seed=3), translation.write(50, seed=4)
    assert torch.equal(again.source, pairs.source[:50])
    assert not torch.equal(again.source, other.source)
    assert pairs.source.shape == (1500, 24)
    assert pairs.target.shape == (1500, 20)
    assert ((pairs.target == 2).sum(dim=1) == 1).all()
    one = pairs[torch.tensor([7])]
    assert one.source.min() > 0
    assert one.alignment.shape == (1, *one.target.shape[1:], *one.source.shape[1:])
    assert len(translation.write(0)) == 0


def test_unknown_characters_are_told():
    with pytest.raises(CourseError, match="'鱼' is not among"):
        translation.CHARACTERS.encode(["我爱鱼"])


def test_english_ends_at_its_end():
    row = torch.tensor([translation.WORDS.number["I"], 2, 5, 5])
    assert translation.WORDS.decode(row) == "I"
