"""A small knowledge world: made sentences about people, verbs, countries, and words of two senses.

No real text is small enough to learn from in seconds and rich enough to hold analogies, so this one
is made: facts (a queen is a female ruler; Paris is the capital of France) are drawn, and a template
says them. Only the facts of geography are true of the real world. Card: `data.card("knowledge")`.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from torch import Tensor

from dlcourse.runtime import CourseError
from dlcourse.text import Vocabulary

PEOPLE = [  # he, she, and the things that such people are written to have
    ("man", "woman", "house", "car"),
    ("king", "queen", "throne", "crown"),
    ("prince", "princess", "castle", "horse"),
    ("boy", "girl", "toy", "school"),
    ("actor", "actress", "stage", "film"),
    ("waiter", "waitress", "menu", "restaurant"),
    ("father", "mother", "baby", "cradle"),
    ("uncle", "aunt", "gift", "nephew"),
    ("monk", "nun", "prayer", "chapel"),
    ("hero", "heroine", "dragon", "sword"),
]
VERBS = [  # walk, walked, walking, and where or what
    ("walk", "walked", "walking", "in the street", "through the park"),
    ("swim", "swam", "swimming", "in the lake", "across the pool"),
    ("sing", "sang", "singing", "a song", "with the choir"),
    ("write", "wrote", "writing", "a letter", "with a pen"),
    ("eat", "ate", "eating", "an apple", "some bread"),
    ("drive", "drove", "driving", "a truck", "on the motorway"),
    ("sleep", "slept", "sleeping", "in a bed", "under the blanket"),
    ("draw", "drew", "drawing", "a picture", "on paper"),
    ("dance", "danced", "dancing", "to the music", "at the party"),
    ("cook", "cooked", "cooking", "some soup", "in the kitchen"),
    ("climb", "climbed", "climbing", "a mountain", "over the rocks"),
    ("teach", "taught", "teaching", "a lesson", "at the university"),
]
COUNTRIES = [  # country, capital, adjective, and what it is known for here
    ("france", "paris", "french", "cheese"),
    ("italy", "rome", "italian", "pasta"),
    ("china", "beijing", "chinese", "tea"),
    ("japan", "tokyo", "japanese", "sushi"),
    ("germany", "berlin", "german", "beer"),
    ("russia", "moscow", "russian", "caviar"),
    ("spain", "madrid", "spanish", "oranges"),
    ("greece", "athens", "greek", "olives"),
    ("egypt", "cairo", "egyptian", "dates"),
    ("poland", "warsaw", "polish", "dumplings"),
]
SENSES = {  # for each sense, what may come before the word, and what after it
    "bank": {
        "money": (
            "she keeps her money in the|he asked for a loan at the|they opened an account with the"
            "|a thief robbed the|the salary is paid into the",
            "and the clerk counted the coins|where the cashier stamps the cheque"
            "|because interest is high|before the vault was locked|to buy shares and gold",
        ),
        "river": (
            "the ducks rested on the|reeds grow along the|a boat was tied to the"
            "|the flood washed over the|an otter ran along the",
            "and the water flowed past|where the fish jump|under the willow tree"
            "|until the tide fell|beside the muddy stream",
        ),
    },
    "spring": {
        "season": (
            "the birds return in the|the snow melts in the|farmers sow wheat in the"
            "|the blossom opens in the|lambs are born in the",
            "and the days grow warm|when april comes|after the long winter"
            "|before summer begins|with sunshine and mild rain",
        ),
        "metal": (
            "the mechanic stretched the|the watchmaker wound the|a weight hangs from the"
            "|the mattress has lost a|the engineer measured the",
            "until the steel broke|and oiled the gears|inside the machine"
            "|with pliers and a screwdriver|to replace the rusty wire",
        ),
    },
    "bat": {
        "animal": (
            "at dusk there flew a|in the cave hung a|the owl chased the|a moth escaped the"
            "|the twilight woke the",
            "hanging upside down|with its leather wings|as it hunted insects"
            "|flying in the dark|that squeaked all night",
        ),
        "sport": (
            "the batter lifted the|at cricket she swung the|the pitcher feared the"
            "|the captain bought a|our team broke the",
            "and hit the ball far|before the umpire whistled|during the last inning"
            "|in front of the stadium|to win the match",
        ),
    },
}
NEUTRAL = (
    "we talked about the|nobody noticed the|there it was the",
    "again|that day|and that was all",
)

_ABOUT_PEOPLE = [
    "the {p} has {his} {thing} with {him}",
    "{he} is the {p} and {he} likes the {thing}",
    "the {p} said that {he} lost {his} {thing}",
    "everyone knows the {p} by {his} {thing}",
    "yes {sir} said a servant to the {p} with the {thing}",
    "the {p} found {himself} near the {thing}",
    "the {p} showed {him} {his} {thing}",
]
_ABOUT_VERBS = [
    ["{who} will {v} {where} tomorrow", "soon {who} can {v} {where}",
     "{who} wants to {v} {where} next week", "{who} must {v} {where}"],
    ["yesterday {who} {v} {where}", "{who} {v} {where} last week",
     "an hour ago {who} {v} {where}", "{who} {v} {where} once before"],
    ["{who} is {v} {where} now", "look how {who} is {v} {where}",
     "right now {who} is still {v} {where}", "{who} is busy {v} {where}"],
]  # fmt: skip
_ABOUT_COUNTRIES = [
    "{capital} is the capital of {country}",
    "the nation of {country} exports {adjective} {product}",
    "the army of {country} raised the {adjective} flag",
    "the mayor of {capital} greets {adjective} citizens",
    "the {adjective} museum in the city of {capital} offers {product}",
    "the airport of {capital} sells {product}",
    "{product} is loved across the nation of {country}",
    "the border of {country} is guarded by {adjective} soldiers",
    "buses in {capital} carry {adjective} citizens and {product}",
]
_SOMEBODY = ("he", "she", "somebody", "my friend", "our neighbour", "the guest")
_HE = {"he": "he", "his": "his", "him": "him", "himself": "himself", "sir": "sir"}
_SHE = {"he": "she", "his": "her", "him": "her", "himself": "herself", "sir": "madam"}


@dataclass(frozen=True)
class Sentences:
    """Sentences as word numbers, and the sense of the ambiguous word where one has such a word."""

    words: Tensor  # (B, LENGTH) int64 numbers of VOCABULARY, PAD after the end
    senses: tuple[str, ...]  # (B): "bank/river", or "" in a sentence without an ambiguous word

    def __len__(self) -> int:
        return len(self.words)

    def texts(self) -> list[str]:
        """Return the sentences as strings."""
        return [VOCABULARY.decode(row) for row in self.words]


def write(n: int, seed: int = 0, about: str = "") -> Sentences:
    """Write n sentences about people, verbs, countries and senses, a quarter each, or `about` one.

    Equal seeds give equal ones. Raises CourseError if `about` is not one of these. A sentence with
    an ambiguous word has a clue to its sense before it, after it, or on both sides, drawn apart
    from each other.

    Shown in: 06_transformer/01_words_as_vectors.
    """
    if about and about not in _WRITERS:
        raise CourseError(f"about={about!r}: choose one of {', '.join(_WRITERS)}")
    writers = [_WRITERS[about]] if about else list(_WRITERS.values())
    random = np.random.default_rng(seed)

    def pick(things):
        return things[int(random.random() * len(things))]

    written = [pick(writers)(pick) for _ in range(n)]
    words = VOCABULARY.encode([text for text, _ in written], LENGTH)
    return Sentences(words, tuple(sense for _, sense in written))


def analogies() -> dict[str, list[tuple[str, str, str, str]]]:
    """Return what should hold of the vectors: relation -> (a, b, c, d) with a - b + c near d.

    "gender": king - man + woman = queen, both ways; "tense": walking - walk + swim = swimming,
    between any two of three forms; "capital": paris - france + italy = rome, both ways. Each pair
    of facts that shares a relation makes one.
    """
    asked = {
        "gender": (PEOPLE, (0, 1)),
        "tense": (VERBS, (0, 1, 2)),
        "capital": (COUNTRIES, (0, 1)),
    }
    return {
        relation: [
            (one[x], other[x], other[y], one[y]) if relation == "gender"
            else (one[x], one[y], other[y], other[x])
            for one, other in permutations(facts, 2)
            for x, y in permutations(forms, 2)
        ]
        for relation, (facts, forms) in asked.items()
    }  # fmt: skip


def _person(pick) -> tuple[str, str]:
    he, she, *things = pick(PEOPLE)
    person, words = pick([(he, _HE), (she, _SHE)])
    return pick(_ABOUT_PEOPLE).format(p=person, thing=pick(things), **words), ""


def _action(pick) -> tuple[str, str]:
    *forms, here, there = pick(VERBS)
    form = pick(range(3))
    facts = {"who": pick(_SOMEBODY), "v": forms[form], "where": pick([here, there])}
    return pick(_ABOUT_VERBS[form]).format(**facts), ""


def _country(pick) -> tuple[str, str]:
    country, capital, adjective, product = pick(COUNTRIES)
    facts = {"country": country, "capital": capital, "adjective": adjective, "product": product}
    return pick(_ABOUT_COUNTRIES).format(**facts), ""


def _ambiguous(pick) -> tuple[str, str]:
    word = pick(list(SENSES))
    sense = pick(list(SENSES[word]))
    before, after = SENSES[word][sense]
    clue = pick(["before", "after", "both", "both"])
    before = before if clue != "after" else NEUTRAL[0]
    after = after if clue != "before" else NEUTRAL[1]
    return f"{pick(before.split('|'))} {word} {pick(after.split('|'))}", f"{word}/{sense}"


def _words() -> list[str]:
    facts = [*PEOPLE, *VERBS, *COUNTRIES, *_ABOUT_VERBS, _ABOUT_PEOPLE, _ABOUT_COUNTRIES, _SOMEBODY]
    facts += [_HE.values(), _SHE.values(), SENSES, NEUTRAL]
    facts += [sides for senses in SENSES.values() for sides in senses.values()]
    words = {word for fact in facts for text in fact for word in text.replace("|", " ").split()}
    return sorted(word for word in words if "{" not in word)


_WRITERS = {"people": _person, "verbs": _action, "countries": _country, "senses": _ambiguous}
VOCABULARY = Vocabulary(_words(), special=1)
LENGTH = 14  # no sentence is longer
