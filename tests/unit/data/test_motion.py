import torch

from dlcourse.data import scenes
from dlcourse.data.scenes import motion


def test_clips_are_seeded_and_in_range():
    clips, same = scenes.clips(12, seed=4), scenes.clips(12, seed=4)
    assert clips.frames.shape == (12, 8, 3, 32, 32)
    assert torch.equal(clips.frames, same.frames)
    assert 0 <= clips.frames.min() < clips.frames.max() <= 1
    assert scenes.clips(200, seed=1).labels.bincount(minlength=8).min() > 5
    assert scenes.clips(3, frames=5, size=16).frames.shape == (3, 5, 3, 16, 16)
    assert len(clips[2:5]) == 3


def test_a_person_who_steps_moves_as_the_label_says():
    clips = scenes.clips(80, size=32, seed=2)
    background = clips.frames.median(dim=1, keepdim=True).values
    moved = (clips.frames - background).abs().sum(dim=2).clamp(min=0.1) - 0.1  # (B, T, H, W)
    columns = torch.arange(32.0)
    middle = (moved * columns).sum((2, 3)) / moved.sum((2, 3)).clamp(min=1e-6)
    way = (middle[:, -2:].mean(1) - middle[:, :2].mean(1)).sign()
    right, left = (clips.labels == index for index in (0, 1))
    assert (way[right] > 0).float().mean() > 0.9
    assert (way[left] < 0).float().mean() > 0.9


def test_an_action_backwards_is_its_partner(monkeypatch):
    monkeypatch.setattr(motion, "BACKWARDS", 0)
    forwards = scenes.clips(30, size=16, seed=5)
    monkeypatch.setattr(motion, "BACKWARDS", 1)
    backwards = scenes.clips(30, size=16, seed=5)
    assert torch.equal(forwards.frames.flip(1), backwards.frames)
    assert torch.equal(forwards.labels + 1, backwards.labels)
    assert set(forwards.labels.tolist()) == {0, 2, 4, 6}
