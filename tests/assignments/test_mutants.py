"""Answers changed by machine in one place are rejected, or written down as equal; see scripts/mutate_answers.py."""

import answers
import mutate_answers
import pytest

PARTS = [part for name in answers.assignments() for part in answers.parts(name).values()]


@pytest.mark.parametrize(
    "part", [pytest.param(part, id=f"{part.assignment}-{part.name}") for part in PARTS]
)
def test_every_changed_answer_is_rejected_or_written_down(part, monkeypatch):
    monkeypatch.setenv("DLCOURSE_STATIC", "1")
    known = mutate_answers.equals(part)
    assert sorted(mutate_answers.sweep(part).survivors) == sorted(known)
    assert all(known.values()), "each with its reason"
