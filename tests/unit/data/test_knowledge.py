from collections import Counter

import pytest
import torch

from dlcourse.data import knowledge
from dlcourse.runtime import CourseError


@pytest.fixture(scope="module")
def world():
    return knowledge.write(4000, seed=3)


def test_write_is_seeded_and_fits(world):
    same, other = knowledge.write(4000, seed=3), knowledge.write(4000, seed=4)
    assert torch.equal(world.words, same.words)
    assert world.senses == same.senses
    assert not torch.equal(world.words, other.words)
    assert world.words.shape == (4000, knowledge.LENGTH)
    assert (world.words > 0).sum(
        dim=1
    ).max() == knowledge.LENGTH  # no room is left over, and none was short
    ends = (world.words == 0).int().diff(dim=1)
    assert (ends >= 0).all()  # zeros at the end only
    assert len(knowledge.write(0)) == 0


def test_every_word_is_written_often_and_no_other(world):
    seen = torch.bincount(world.words.flatten(), minlength=len(knowledge.VOCABULARY))
    assert len(seen) == len(knowledge.VOCABULARY) == len(set(knowledge.VOCABULARY.words))
    assert seen.min() >= 8
    assert not any("{" in word or "|" in word for word in knowledge.VOCABULARY.words)


def test_the_facts_are_kept(world):
    capital = {fact[1]: fact[0] for fact in knowledge.COUNTRIES}
    women = {fact[1] for fact in knowledge.PEOPLE}
    men = {fact[0] for fact in knowledge.PEOPLE}
    his, her = {"he", "his", "him", "himself", "sir"}, {"she", "her", "herself", "madam"}
    ing = {fact[2] for fact in knowledge.VERBS}
    said = Counter()
    for text in world.texts():
        words = set(text.split())
        if "capital" in words:
            first, *_, last = text.split()
            assert capital[first] == last, text
            said["capital"] += 1
        if words & (men | women):
            assert bool(words & men) != bool(words & women), text
            assert not words & (his if words & women else her), text
            said["people"] += 1
        if words & ing:
            assert words & {"is"}, text
            said["ing"] += 1
    assert min(said.values()) > 50
    assert len(said) == 3


def test_no_two_people_share_a_thing():
    things = [thing for _, _, *own in knowledge.PEOPLE for thing in own]
    assert len(things) == len(set(things))


def test_analogies_are_what_the_tables_say():
    asked = knowledge.analogies()
    assert ("king", "man", "woman", "queen") in asked["gender"]
    assert ("walking", "walk", "swim", "swimming") in asked["tense"]
    assert ("walked", "walking", "swimming", "swam") in asked["tense"]
    assert ("paris", "france", "italy", "rome") in asked["capital"]
    assert {name: len(rows) for name, rows in asked.items()} == {
        "gender": 2 * 10 * 9,
        "tense": 6 * 12 * 11,
        "capital": 2 * 10 * 9,
    }
    for rows in asked.values():
        assert len(set(rows)) == len(rows)
        assert all(
            len(set(row)) == 4 and set(row) <= set(knowledge.VOCABULARY.number) for row in rows
        )


def test_senses_are_told_by_one_side_at_least():
    some = knowledge.write(600, seed=1, about="senses")
    clues = {
        (word, sense): {phrase for side in sides for phrase in side.split("|")}
        for word, senses in knowledge.SENSES.items()
        for sense, sides in senses.items()
    }
    assert set(some.senses) == {f"{word}/{sense}" for word, sense in clues}
    for text, name in zip(some.texts(), some.senses):
        word, sense = name.split("/")
        sides = [side.strip() for side in text.split(f" {word} ")]
        assert any(side in clues[word, sense] for side in sides), text
        assert all(clues[pair].isdisjoint(sides) for pair in clues if pair != (word, sense)), text


def test_about_narrows(world):
    assert set(knowledge.write(50, about="verbs").senses) == {""}
    assert 0.2 < sum(name != "" for name in world.senses) / 4000 < 0.3
    with pytest.raises(CourseError, match="people, verbs, countries, senses"):
        knowledge.write(5, about="gods")


def test_encode_and_decode_are_inverse(world):
    texts = world.texts()[:50]
    assert [knowledge.VOCABULARY.decode(row) for row in knowledge.VOCABULARY.encode(texts)] == texts
    assert knowledge.VOCABULARY.encode([], knowledge.LENGTH).shape == (0, knowledge.LENGTH)
    with pytest.raises(CourseError, match="'xylophone'"):
        knowledge.VOCABULARY.encode(["the king has his xylophone"])
    with pytest.raises(CourseError, match="room for 14"):
        knowledge.VOCABULARY.encode(["the king " * 8], knowledge.LENGTH)
