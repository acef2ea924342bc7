"""Chinese sentences and their translations, written together by one small grammar.

Each phrase is built once and put in two orders, so that a translation is right by construction, and
the grammar knows which characters each English word comes from. The orders differ as the languages
do:

    小明 昨天 在 北京 看见 了 [爱 我 的] 老师
    Xiaoming saw the teacher [who loves me] in Beijing yesterday

What stands before a Chinese noun or verb (a clause with 的, a time, a place) follows it in English;
verbs agree with their subject and have tenses; 把, 被 and 吗 change the order; measure words and 了
vanish. Chinese is read in characters, as on the deck's slide of 我爱中国. 明 is part of a name, of
明天 (tomorrow) and of 明年 (next year): a character alone does not say what it means.
There is no punctuation.
"""

import random
from dataclasses import dataclass, field

import torch
from torch import Tensor

from dlcourse.data import lexicon
from dlcourse.text import Vocabulary

# Of the source; number 1 is never written, as BEGIN is not in a target.
CHARACTERS = Vocabulary(lexicon.PINYIN, special=2, split=list, joint="")
LONGEST = (24, 20)  # characters, and words with the end: no sentence of the grammar has more
_THINGS = ("中国", *lexicon.NOUNS, "北京", "上海", *lexicon.NAMES)


@dataclass(frozen=True)
class Pairs:
    """Sentences and translations as numbers, and which character each word comes from."""

    source: Tensor  # (B, S) int64 numbers of CHARACTERS, PAD after the end
    target: Tensor  # (B, T) int64 numbers of WORDS, END at the end, then PAD
    alignment: Tensor  # (B, T, S) bool; no True for words that Chinese does not say, as "the"

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index) -> "Pairs":
        """Return the pairs of a slice or a tensor of indices, cut to the longest of them."""
        source, target = self.source[index], self.target[index]
        S, T = ((x > 0).any(dim=0).sum() for x in (source, target))
        return Pairs(source[:, :S], target[:, :T], self.alignment[index][:, :T, :S])

    def texts(self) -> list[tuple[str, str]]:
        """Return (Chinese, English) of each pair."""
        return list(
            zip(map(CHARACTERS.decode, self.source), map(WORDS.decode, self.target), strict=True)
        )


class _Word:
    """A Chinese word of one sentence; two that read the same are still two."""

    def __init__(self, text: str) -> None:
        self.text = text


@dataclass
class _Phrase:
    zh: list[_Word]
    en: list[tuple[str, _Word | None]]  # English words, each with the Chinese one it comes from
    head: str = ""  # the Chinese noun
    number: str = "third"  # what verbs agree with: "I", "third" or "many"
    objective: list[tuple[str, _Word | None]] = field(default_factory=list)  # "him" beside "he"

    def __post_init__(self) -> None:
        self.objective = self.objective or self.en


def held_out_pair(verb: str, thing: str) -> bool:
    """Say whether a Chinese verb and its object are a held-out pair: a quarter of all are.

    >>> held_out_pair("爱", "中国"), held_out_pair("爱", "老师")
    (True, False)
    """
    return thing in _THINGS and (list(lexicon.ACTS).index(verb) + _THINGS.index(thing)) % 4 == 0


class _Grammar:
    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def chance(self, p: float) -> bool:
        return self.random.random() < p

    def pick(self, options):
        return self.random.choice(list(options))

    def verb(self, thing: str, verbs=lexicon.VERBS, *, new: bool = False) -> tuple[_Word, tuple]:
        """Pick a verb for this object: none of the held-out pairs, or only those if new."""
        fitting = [verb for verb in verbs if held_out_pair(verb, thing) == new]
        word = _Word(self.pick(fitting or verbs))
        return word, lexicon.ACTS[word.text]

    def pronoun(self) -> _Phrase:
        word = _Word(self.pick(lexicon.PRONOUNS))
        subject, objective, _ = lexicon.PRONOUNS[word.text]
        number = {"I": "I", "he": "third", "she": "third"}.get(subject, "many")
        return _Phrase([word], [(subject, word)], word.text, number, [(objective, word)])

    def name(self, names) -> _Phrase:
        word = _Word(self.pick(names))
        return _Phrase([word], [(names[word.text], word)], word.text)

    def simple(self, nouns=lexicon.NOUNS) -> _Phrase:
        """Return "he", "Xiaoming" or "my teacher"."""
        kind = self.random.random()
        if kind < 0.4:
            return self.pronoun()
        return self.name(lexicon.NAMES) if kind < 0.6 else self.noun(nouns, owned=True)

    def noun(self, nouns=lexicon.NOUNS, *, owned: bool = False, depth: int = 9) -> _Phrase:
        """Return a noun with what belongs to it; at a depth of 1 or less, also clauses."""
        head = _Word(self.pick(nouns))
        measure, one, many = lexicon.NOUNS[head.text]
        zh, before, article, number = [], [], ("the", None), "third"
        if owned or self.chance(0.2):
            pronoun, owned = self.pick(lexicon.PRONOUNS), True
            owner = _Word(pronoun + "的")  # one word: 我 alone is "I", 我的 is "my"
            zh, article = [owner], (lexicon.PRONOUNS[pronoun][2], owner)
        elif self.chance(0.5):
            word, unit = _Word(self.pick(lexicon.DETERMINERS)), _Word(measure)
            zh, article = [word, unit], (lexicon.DETERMINERS[word.text], word)
            number = "many" if word.text in lexicon.MANY else "third"
        clause = _Phrase([], [])
        if not owned and depth <= 1 and self.chance(0.45 - 0.2 * depth):
            clause = self.clause(head, number, depth, after_determiner=bool(zh))
        elif self.chance(0.3):
            fitting = ("好", "新") if head.text in lexicon.PEOPLE else tuple(lexicon.ADJECTIVES)
            word = _Word(self.pick(fitting))
            clause, before = _Phrase([word], []), [(lexicon.ADJECTIVES[word.text], word)]
        en = [article, *before, (many if number == "many" else one, head), *clause.en]
        return _Phrase([*zh, *clause.zh, head], en, head.text, number)

    def clause(self, head: _Word, number: str, depth: int, *, after_determiner: bool) -> _Phrase:
        """Return a clause with 的 before a noun: "who loves me" or "who my friend loves"."""
        of = _Word("的")
        who = ("who" if head.text in lexicon.PEOPLE else "that", of)
        if after_determiner or self.chance(0.5):
            thing = self.anything(depth + 1)
            verb, forms = self.verb(thing.head)
            en = [who, (forms[number == "third"], verb), *thing.objective]
            return _Phrase([verb, *thing.zh, of], en)
        doer = self.simple(lexicon.PEOPLE)
        verb, forms = self.verb(head.text)
        return _Phrase([*doer.zh, verb, of], [who, *doer.en, (forms[doer.number == "third"], verb)])

    def anything(self, depth: int = 0, *, pronouns: bool = True) -> _Phrase:
        kind = self.random.random()
        if kind < 0.2 and pronouns:
            return self.pronoun()
        if kind < 0.4:
            return self.name(lexicon.LANDS if self.chance(0.5) else lexicon.NAMES)
        return self.noun(depth=depth)

    def anyone(self) -> _Phrase:
        return self.simple() if self.chance(0.5) else self.noun(lexicon.PEOPLE, depth=0)

    def sentence(self, *, new: bool) -> _Phrase:
        """Return a statement or a question; its verb and object are a held-out pair if `new`."""
        doer, thing = self.anyone(), self.anything(pronouns=not new)
        kind = self.pick(["plain", "plain", "把", "被"])
        if kind == "把" and thing.head not in lexicon.NOUNS:
            kind = "plain"
        verb, forms = self.verb(
            thing.head, lexicon.GIVING if kind == "把" else lexicon.VERBS, new=new
        )
        tense, when, where = "present", _Phrase([], []), _Phrase([], [])
        if self.chance(0.6):
            time = _Word(self.pick(lexicon.TIMES))
            text, tense = lexicon.TIMES[time.text]
            when = _Phrase([time], [(word, time) for word in text.split()])
        if self.chance(0.4):
            at, place = _Word("在"), _Word(self.pick(lexicon.PLACES))
            preposition = "at" if place.text in lexicon.AT else "in"
            where = _Phrase([at, place], [(preposition, at), (lexicon.PLACES[place.text], place)])
        negative = [_Word("没" if tense == "past" else "不")] if self.chance(0.2) else []
        asking = [_Word("吗")] if self.chance(0.25) else []
        done = [_Word("了")] if tense == "past" and not negative else []
        early = [*when.zh, *where.zh, *negative]
        if kind == "被":
            by = _Word("被")
            zh = [*thing.zh, *early, by, *doer.zh, verb, *done, *asking]
            be = _be(thing.number, tense)
            late = [*be[1:], (forms[3], verb), ("by", by), *doer.objective]
            helper, subject = (be[0], by if tense != "future" else None), thing
            late = [(word, None) if isinstance(word, str) else word for word in late]
        else:
            subject, late, helper = doer, list(thing.objective), None
            if kind == "把":
                receiver, holding, to = self.simple(lexicon.PEOPLE), _Word("把"), _Word("给")
                zh = [*doer.zh, *early, holding, *thing.zh, verb, to, *receiver.zh, *done, *asking]
                late += [("to", to), *receiver.objective]
            else:
                zh = [*doer.zh, *early, verb, *done, *thing.zh, *asking]
            if tense == "future":
                helper = ("will", None)
            elif negative or asking:
                do = {"past": "did"}.get(tense, "does" if doer.number == "third" else "do")
                helper = (do, (asking or negative)[0])
            form = 0 if helper else 2 if tense == "past" else int(doer.number == "third")
            late = [(forms[form], verb), *late]
        helper, no = [helper] if helper else [], [("not", word) for word in negative]
        first = [*helper, *subject.en] if asking else [*subject.en, *helper]
        return _Phrase(zh, [*first, *no, *late, *where.en, *when.en])


def _be(number: str, tense: str) -> list[str]:
    if tense == "future":
        return ["will", "be"]
    if tense == "past":
        return ["were" if number == "many" else "was"]
    return [{"I": "am", "third": "is", "many": "are"}[number]]


WORDS = Vocabulary(lexicon.english(), special=3)  # of the target


def write(n: int, seed: int = 0, *, held_out: bool = False) -> Pairs:
    """Write n sentences with translations; equal seeds give equal ones.

    A quarter of the pairs of a verb and its object (爱 and 中国 among them) is written only if
    `held_out`, and then the verb of each sentence and its object are such a pair: a translator that
    is right on them puts together what it has seen apart. Shown in: 06_transformer/03_transformer.
    """
    grammar, written = _Grammar(f"{seed} {held_out}"), []
    while len(written) < n:
        phrase = grammar.sentence(new=held_out)
        length = sum(len(word.text) for word in phrase.zh), len(phrase.en) + 1
        if length[0] <= LONGEST[0] and length[1] <= LONGEST[1]:
            written.append(phrase)
    sources, targets, links = [], [], []
    for b, phrase in enumerate(written):
        start, spans = 0, {None: range(0)}
        for word in phrase.zh:
            spans[word] = range(start, start := start + len(word.text))
        sources.append("".join(word.text for word in phrase.zh))
        targets.append(" ".join(text for text, _ in phrase.en))
        links += [(b, t, s) for t, (_, word) in enumerate(phrase.en) for s in spans[word]]
    alignment = torch.zeros(n, LONGEST[1], LONGEST[0], dtype=torch.bool)
    if links:
        alignment[torch.tensor(links).unbind(1)] = True
    source = CHARACTERS.encode(sources, LONGEST[0])
    return Pairs(source, WORDS.encode(targets, LONGEST[1], end=True), alignment)


def pinyin(source: Tensor) -> list[str]:
    """Return how each character of a row of numbers is read, without tones: for figures."""
    return [lexicon.PINYIN[c] for c in CHARACTERS.decode(source)]
