import pytest
import torch

from dlcourse.data.scenes import faces


def test_portraits_are_pictures_and_the_same_seed_draws_the_same():
    persons = faces.people(5, seed=3)
    pictures = faces.portraits(persons, size=32, seed=4)
    assert pictures.shape == (5, 3, 32, 32)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    assert torch.equal(pictures, faces.portraits(persons, size=32, seed=4))
    assert not torch.equal(pictures, faces.portraits(persons, size=32, seed=5))


def test_more_people_begin_with_the_same_people():
    assert torch.equal(faces.people(9, seed=1)[:4], faces.people(4, seed=1))


def test_without_variety_only_the_person_counts():
    persons = faces.people(2).repeat_interleave(2, dim=0)
    a, b, c, d = faces.portraits(persons, seed=1, variety=0)
    assert torch.allclose(a, b, atol=1e-6)
    assert torch.allclose(c, d, atol=1e-6)
    assert (a - c).abs().mean() > 0.02


@pytest.mark.parametrize("trait", faces.TRAITS)
def test_every_trait_shows(trait):
    """Each number of a person changes the passport photograph: no trait is lost under another."""
    persons = torch.full((2, len(faces.TRAITS)), 0.45)
    persons[:, list(faces.TRAITS).index(trait)] = torch.tensor([0.05, 0.95])
    low, high = faces.portraits(persons, size=64, variety=0)
    assert (low - high).abs().max() > 0.05, trait
