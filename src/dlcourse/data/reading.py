"""A reading task in the form of SQuAD, made from Python's manual: passage, question, answer span.

The passages are real sentences. The questions are not: a dozen patterns turn a sentence ("The *
operator yields the product of its arguments.") round into one ("What does the * operator yield?"),
so that who knows the patterns can find every answer. Card: `data.card("reading")`.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from dlcourse.data import manual
from dlcourse.runtime import CourseError
from dlcourse.text import BEGIN, UNKNOWN, Vocabulary

# What a sentence says its subject does, and the same verb in a question.
VERBS = (
    "accept allow bind cause check contain create define denote describe determine execute give "
)
VERBS += "guarantee have hold implement include indicate introduce invoke let mean perform produce "
VERBS += "provide raise read refer-to represent require return specify support take use yield"
THIRD = {"have": "has", "specify": "specifies", "refer-to": "refers to"}
PLAIN = {verb: verb.replace("-", " ") for verb in VERBS.split()}
SINGULAR = {THIRD.get(verb, f"{verb}s"): plain for verb, plain in PLAIN.items()}
DONE = "bound called considered created defined determined evaluated executed found ignored "
DONE += "implemented invoked made parsed passed performed raised replaced represented resolved set "
DONE += "specified stored treated used written"

# A subject: up to eight words, in which no clause begins.
SUBJECT = r"(?P<np>(?!(?:It|They|There|You|That|If|When|Then|In|For|See|Note|As|To|Also|Not|Below|"
SUBJECT += (
    r"Here|Below,|This is)\b)[A-Z][^\s,;:]*(?: (?!(?:if|when|which|that|who|is|are|was|whose|"
)
SUBJECT += r"it|they|not|where|A|An|The)\b)[^\s,;:]+){0,7}?)"
MODAL = r"(?P<modal>must|should|may|can|cannot)"
REST = r"(?P<rest>.+?)[.:]$"
RULES = [
    (
        rf"{SUBJECT} (?P<be>is|are) (?:called|known as) "
        rf"(?!(?:when|if|by|with|at|for|as|on|in|once|after|before|automatically)\b){REST}",
        "What {be} {np} called?",
    ),
    (
        rf"{SUBJECT} {MODAL} (?P<verb>be|have|contain|return|raise|take) {REST}",
        "What {modal} {np} {verb}?",
    ),
    (rf"{SUBJECT} (?P<verb>{'|'.join(SINGULAR)}) {REST}", "What does {np} {plain}?"),
    (rf"{SUBJECT}(?<=s) (?P<verb>{'|'.join(PLAIN.values())}) {REST}", "What do {np} {verb}?"),
    (
        rf"{SUBJECT} (?P<be>is|are) (?P<done>{DONE.replace(' ', '|')}) "
        r"(?P<rest>(?:if|when|once|after|before)\b.+?)[.:]$",
        "When {be} {np} {done}?",
    ),
    (
        rf"{SUBJECT} (?P<be>is|are) (?P<done>{DONE.replace(' ', '|')}) "
        r"(?P<rest>(?:by|to|as|with|using|for|in|from|on)\b.+?)[.:]$",
        "How {be} {np} {done}?",
    ),
    (
        rf"{SUBJECT} (?P<be>is|are) "
        r"(?P<rest>(?:an?|the|always|either|only|one|identical|similar|equivalent)\b.+?)[.:]$",
        "What {be} {np}?",
    ),
    (
        r"(?P<np>.*)\b[Rr]aises? (?:an? )?(?P<rest>\w+(?:Error|Iteration))(?: exception)? "
        r"(?P<clause>(?:if|when) [^,;]+)[.:]$",
        "Which error is raised {clause}?",
    ),
    (
        r"(?P<clause>(?:If|When) [^,;]+), (?:an? )?(?P<rest>\w+(?:Error|Iteration))(?: exception)? "
        r"is raised[.:]$",
        "Which error is raised {clause}?",
    ),
]
# Where an answer may end before its sentence does.
CUT = re.compile(r"[,;:]? (?:which|where|so|but|because|if|unless|except)\b|[,;:] | \(| - | …")
WORDS = 14  # the longest answer
TOKEN = re.compile(r"\w+(?:[.'-]\w+)*(?:\(\))?|[^\w\s]")


@dataclass(frozen=True)
class Question:
    """A question on a passage. Without answers the passage does not tell."""

    text: str
    passage: str
    answers: tuple[str, ...]  # each a piece of the passage; right is who gives one of them
    start: int  # where the first answer begins in the passage, in characters; -1 without one
    topic: str  # of the manual


def load_reading(
    seed: int = 0, *, unanswerable: float = 0.0
) -> tuple[list[Question], list[Question]]:
    """Return questions to train on and questions held out, which are on other topics of the manual.

    A passage is the sentence with the answer and one or two on either side of it. To a share
    `unanswerable` of the questions, chosen by `seed`, the passage of another question is given, of
    the same topic where there is one, in which the answer does not stand: the form of SQuAD 2.0.
    Works offline; other versions of Python have a few other sentences. Shown in:
    06_transformer/05_bert_family.
    """
    if not 0 <= unanswerable < 1:
        raise CourseError(f"unanswerable={unanswerable}: a share, from 0 to below 1")
    sides = ([], [])
    for question in _questions():
        digest = hashlib.sha256(question.topic.encode()).digest()
        sides[digest[0] < 64].append(question)  # a quarter of the topics
    random = np.random.default_rng(seed)
    train, test = (_without_answers(side, unanswerable, random) for side in sides)
    return train, test


def ask(sentence: str) -> tuple[str, tuple[str, ...]] | None:
    """Turn a sentence into a question and its answers, the shortest first; None if no pattern fits.

    >>> ask("The * operator yields a product, which is new.")
    ('What does the * operator yield?', ('a product', 'a product, which is new'))
    """
    for pattern, form in RULES:
        match = re.match(pattern, sentence)
        if not match:
            continue
        part = match.groupdict()
        part["plain"] = SINGULAR.get(part.get("verb", ""))
        for name in ("np", "clause"):
            if part.get(name):
                part[name] = _lower(part[name])
        full = part["rest"]
        cut = CUT.search(full, full.find(" ") + 1)
        short = full[: cut.start()] if cut else full
        if len(short.split()) > WORDS or not re.search(r"\w", short):
            return None
        if short.lower().split()[-1] in ("a", "an", "the", "of", "not", "only"):
            return None
        answers = [short] if len(full.split()) > WORDS else [short, full]
        return form.format(**part), tuple(dict.fromkeys(answers))
    return None


def tokens(text: str) -> list[tuple[str, int, int]]:
    """Return the words and marks of a text in lower case, each with where it begins and ends.

    >>> tokens("Call f() now.")
    [('call', 0, 4), ('f()', 5, 8), ('now', 9, 12), ('.', 12, 13)]
    """
    return [(found[0].lower(), *found.span()) for found in TOKEN.finditer(text)]


def vocabulary(questions: Sequence[Question], most: int = 600) -> Vocabulary:
    """Return a vocabulary of the `most` frequent words of questions and passages."""
    counts = Counter(
        word
        for question in questions
        for word, _, _ in tokens(question.text) + tokens(question.passage)
    )
    return Vocabulary(sorted(counts, key=lambda word: (-counts[word], word))[:most])


@dataclass(frozen=True)
class Pages:
    """Questions as tensors: the question's words first, then the passage's."""

    words: Tensor  # (B, T) int64, 0 for padding
    kinds: (
        Tensor  # (B, T) int64: 0 padding, 1 question, 2 passage, 3 passage: the question has it too
    )
    spans: (
        Tensor  # (B, 2) int64, where the answer's first and last words are; 0, 0 without an answer
    )

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, index) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """Return ((words (B, T), kinds (B, T)), spans (B, 2)), as `train.fit` takes them."""
        return (self.words[index], self.kinds[index]), self.spans[index]


def encode(questions: Sequence[Question], words: Vocabulary) -> Pages:
    """Number the words of questions and passages. Position 0 is kept free: it means "no answer"."""
    rows, kinds, spans = [], [], []
    for question in questions:
        asked, read = tokens(question.text), tokens(question.passage)
        known = {word for word, _, _ in asked if word.isalnum() or len(word) > 1}
        rows.append([BEGIN, *(words.number.get(word, UNKNOWN) for word, _, _ in asked + read)])
        kinds.append([1] * (1 + len(asked)) + [2 + (word in known) for word, _, _ in read])
        spans.append((0, 0))
        if question.answers:
            last = question.start + len(question.answers[0])
            inside = [i for i, (_, a, b) in enumerate(read) if a < last and b > question.start]
            spans[-1] = tuple(1 + len(asked) + i for i in (inside[0], inside[-1]))
    table = torch.zeros(2, len(rows), max(map(len, rows), default=0), dtype=torch.long)
    for index, row in enumerate(rows):
        table[0, index, : len(row)] = torch.tensor(row)
        table[1, index, : len(row)] = torch.tensor(kinds[index])
    return Pages(table[0], table[1], torch.tensor(spans, dtype=torch.long))


def decode(question: Question, first: int, last: int) -> str:
    """Return the passage from word `first` to word `last`, numbered as `encode` does; "" for 0."""
    asked, read = tokens(question.text), tokens(question.passage)
    a, b = first - 1 - len(asked), last - 1 - len(asked)
    return question.passage[read[a][1] : read[b][2]] if 0 <= a <= b < len(read) else ""


def _questions() -> Iterator[Question]:
    from pydoc_data.topics import topics

    seen = set()
    for topic in sorted(topics):
        lines = [s for s in manual.sentences(topics[topic]) if not (s in seen or seen.add(s))]
        for index, line in enumerate(lines):
            asked = ask(line)
            if asked is None or asked[0].lower() in seen:
                continue
            text, answers = asked
            seen.add(text.lower())
            # So that the answer is not always in the middle.
            low = max(0, index - 1 - len(line) % 2)
            before = lines[low:index]
            passage = " ".join([*before, *lines[index : index + 2]])
            start = len(" ".join(before)) + bool(before) + line.find(answers[0], _after(line, text))
            if passage[start:].startswith(answers[0]) and len(tokens(passage)) < 110:
                yield Question(text, passage, answers, start, topic)


def _after(line: str, text: str) -> int:
    """Return where in the line the answer may begin: what "Which error" asks for may come first."""
    return 0 if text.startswith("Which") else 1


def _without_answers(questions: list[Question], share: float, random) -> list[Question]:
    chosen = set(random.permutation(len(questions))[: round(share * len(questions))].tolist())
    result = []
    for index, question in enumerate(questions):
        if index in chosen:
            others = [questions[other] for other in random.permutation(len(questions)).tolist()]
            others.sort(key=lambda other: other.topic != question.topic)  # the same topic first
            answer = question.answers[0].lower()
            passage = next(q.passage for q in others if answer not in q.passage.lower())
            question = replace(question, passage=passage, answers=(), start=-1)
        result.append(question)
    return result


def _lower(phrase: str) -> str:
    """Write a phrase's first word as inside a sentence, unless it is a name."""
    first = phrase.split(" ")[0]
    if first == "Python" or not (first.isalpha() and first[1:] == first[1:].lower()):
        return phrase
    return phrase[0].lower() + phrase[1:]
