"""A check names a mistake only where nothing but that mistake gives such a result."""

import pytest
import torch

from dlcourse.authoring import answers
from dlcourse.checks import expect

PARTS = [part for name in answers.assignments() for part in answers.parts(name).values()]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.assignment}-{part.name}")
def test_no_two_mistakes_of_a_check_lead_to_one_result(part, monkeypatch):
    told, close, number = [], expect.close, expect.number

    def note(value, want, *, mistakes=None, tolerance=1e-4, **rest):
        told.append((want, mistakes or {}, tolerance))
        return (number if isinstance(want, int) else close)(value, want, **rest)

    monkeypatch.setattr(expect, "close", note)
    monkeypatch.setattr(expect, "number", note)
    assert answers.mark(part, part.answer).points == part.points
    for want, mistakes, tolerance in told:
        results = [(cause, torch.as_tensor(result)) for cause, result in mistakes.items()]
        want = torch.as_tensor(want)
        for place, (cause, result) in enumerate(results):
            result = result.reshape(want.shape)
            assert not expect._near(result, want, tolerance), f"right, and yet: {cause}"
            for other, again in results[:place]:
                same = expect._near(result, again.reshape(want.shape), 10 * tolerance)
                assert not same, f"{cause} OR {other}"
