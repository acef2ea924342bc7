import math

import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from dlcourse import runtime, train


@pytest.fixture
def points():
    """Two clouds that a line can tell apart."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(120) % 2
    x = torch.randn(120, 2, generator=generator) + 4 * y[:, None].float()
    return TensorDataset(x[:80], y[:80]), TensorDataset(x[80:], y[80:])


def linear() -> nn.Module:
    runtime.set_seed(0)
    return nn.Linear(2, 2)


def test_fit_learns_and_records_every_step(points):
    history = train.fit(linear(), *points, epochs=6, batch=10, lr=0.3, device="cpu")
    assert history.val_accuracy[-1] > 0.95
    assert len(history.loss) == 6 * 8
    assert history.val_step == [8, 16, 24, 32, 40, 48]
    assert history.loss[-1] < history.loss[0]
    assert history.seconds > 0


def test_the_same_seed_gives_the_same_weights_and_another_does_not(points):
    def weights(seed):
        model = linear()
        train.fit(model, points[0], epochs=2, batch=16, lr=0.1, seed=seed, device="cpu")
        return model.weight

    assert torch.equal(weights(0), weights(0))
    assert not torch.equal(weights(0), weights(1))


def test_early_stopping_brings_the_best_weights_back(points):
    fitted, (x, y) = points[0], points[1].tensors
    turned = TensorDataset(x, 1 - y)  # what it learns makes this ever worse
    model = linear()
    history = train.fit(model, fitted, turned, epochs=50, lr=0.05, patience=2, device="cpu")
    best = history.val_loss.index(min(history.val_loss))
    assert len(history.val_loss) == best + 3
    assert math.isclose(train.evaluate(model, turned)[0], min(history.val_loss), rel_tol=1e-5)


def test_patience_needs_held_out_examples(points):
    with pytest.raises(ValueError, match="patience needs val"):
        train.fit(linear(), points[0], patience=1)


def test_on_step_sees_the_model_and_the_history_at_every_step(points):
    seen = []
    model = linear()
    train.fit(
        model,
        points[0],
        epochs=1,
        batch=40,
        device="cpu",
        on_step=lambda given, history: seen.append((given is model, len(history.loss))),
    )
    assert seen == [(True, 1), (True, 2)]


def test_a_loss_that_explodes_is_named(points):
    x, y = points[0].tensors
    with pytest.raises(ValueError, match="smaller lr"):
        train.fit(linear(), TensorDataset(x * float("inf"), y), epochs=1, device="cpu")


def test_evaluate_switches_dropout_off_and_on_again(points):
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    model.train()
    first, second = train.evaluate(model, points[1]), train.evaluate(model, points[1], batch=7)
    assert first == pytest.approx(second, rel=1e-5)
    assert model.training


@pytest.mark.parametrize(("static", "silent"), [("1", True), ("0", False)])
def test_progress_is_silent_in_a_build_only(points, capsys, monkeypatch, static, silent):
    monkeypatch.setenv("DLCOURSE_STATIC", static)
    train.fit(linear(), *points, epochs=1, device="cpu")
    assert (capsys.readouterr().err == "") is silent
