"""Exact match and F1 of answers in words, as the scripts of SQuAD 1.1 and SQuAD 2.0 define them.

The two scripts agree on what they compare (`normalise`) and differ on empty answers: version 2.0
has questions without an answer, for which "" is right. Scores of one answer are in [0, 1], totals
in percent, as both scripts print them.
"""

import re
import string
from collections import Counter
from collections.abc import Sequence

from dlcourse.runtime import CourseError

VERSIONS = ("1.1", "2.0")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(answer: str) -> str:
    """Return an answer in lower case, without ASCII punctuation, articles and double spaces.

    In this order, as in the scripts: punctuation goes before articles, so "a-b" becomes one word
    and keeps its a. Rajpurkar et al. 2016. Shown in: 06_transformer/05_bert_family.

    >>> normalise("  The U.S. of A.,  an idea")
    'us of idea'
    """
    bare = answer.lower().translate(_NO_PUNCTUATION)
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", bare).split())


def exact_match(prediction: str, gold: str) -> float:
    """Return 1.0 if two answers are the same after `normalise`, else 0.0."""
    return float(normalise(prediction) == normalise(gold))


def f1(prediction: str, gold: str, version: str = "1.1") -> float:
    """Return the harmonic mean of precision and recall of the words, repeated ones counted.

    Where one of the two has no word left, version 1.1 gives 0 even if both have none, and version
    2.0 gives 1 if both have none. Raises CourseError for another version. Shown in:
    06_transformer/05_bert_family.

    >>> f1("the red big house", "a house")  # of three words one is right, of one word one is found
    0.5
    """
    _check(version)
    said, right = normalise(prediction).split(), normalise(gold).split()
    if version == "2.0" and not (said and right):
        return float(said == right)
    common = (Counter(said) & Counter(right)).total()
    if not common:
        return 0.0
    precision, recall = common / len(said), common / len(right)
    return 2 * precision * recall / (precision + recall)


def scores(prediction: str, answers: Sequence[str], version: str = "1.1") -> tuple[float, float]:
    """Return exact match and F1 of a prediction, each the best over several gold answers.

    In version 2.0 gold answers that are empty after `normalise` do not count, and a question
    without any has the one right answer "". Raises CourseError if version 1.1 has no gold answer.
    """
    _check(version)
    if version == "2.0":
        answers = [answer for answer in answers if normalise(answer)] or [""]
    if not answers:
        raise CourseError("a question without a gold answer: that takes version='2.0'")
    return (
        max(exact_match(prediction, answer) for answer in answers),
        max(f1(prediction, answer, version) for answer in answers),
    )


def total(
    predictions: Sequence[str],
    answers: Sequence[Sequence[str]],
    version: str = "1.1",
    *,
    no_answer: Sequence[float] | None = None,
    threshold: float = 1.0,
) -> dict[str, float]:
    """Return the totals of a set of questions, in percent: "exact" and "f1", and "total", how many.

    Version 2.0 has them too for questions with an answer ("HasAns_exact", ...) and without
    ("NoAns_exact", ...), where there are any; and `no_answer`, how sure the reader is that there is
    no answer: above `threshold` the prediction counts as none, whatever it says. Raises CourseError
    for lists of different lengths, or empty ones. Shown in: 06_transformer/05_bert_family.
    """
    _check(version)
    if len(predictions) != len(answers) or not predictions:
        raise CourseError(
            f"{len(predictions)} predictions for {len(answers)} questions: one for each, and at "
            "least one"
        )
    if no_answer is not None and version == "1.1":
        raise CourseError("version 1.1 has no questions without an answer: no_answer takes '2.0'")
    rows = [scores(said, gold, version) for said, gold in zip(predictions, answers, strict=True)]
    if version == "1.1":
        return _totals(rows)
    has = [bool(gold) for gold in answers]
    if no_answer is not None:
        given_up = [p > threshold for p in no_answer]
        rows = [
            (float(not answerable), float(not answerable)) if give_up else row
            for row, answerable, give_up in zip(rows, has, given_up, strict=True)
        ]
    result = _totals(rows)
    for name, kind in (("HasAns_", True), ("NoAns_", False)):
        part = [row for row, answerable in zip(rows, has, strict=True) if answerable is kind]
        if part:
            result |= {name + key: value for key, value in _totals(part).items()}
    return result


def _totals(rows: Sequence[tuple[float, float]]) -> dict[str, float]:
    exact, overlap = (100 * sum(column) / len(rows) for column in zip(*rows, strict=True))
    return {"exact": exact, "f1": overlap, "total": len(rows)}


def _check(version: str) -> None:
    if version not in VERSIONS:
        raise CourseError(f"version={version!r}: SQuAD has {' and '.join(VERSIONS)}")
