"""Solutions changed by machine in one place are rejected, or written down as equal (mutate.py)."""

import pytest

from dlcourse.authoring import answers, mutate

PARTS = [part for name in answers.assignments() for part in answers.parts(name).values()]


@pytest.mark.parametrize(
    "part", [pytest.param(part, id=f"{part.assignment}-{part.name}") for part in PARTS]
)
def test_every_changed_answer_is_rejected_or_written_down(part, monkeypatch):
    monkeypatch.setenv("DLCOURSE_STATIC", "1")
    known = mutate.equals(part)
    assert sorted(mutate.sweep(part).survivors) == sorted(known)
    assert all(known.values()), "each with its reason"
