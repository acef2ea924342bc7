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
    train.fit(linear(), *points, epochs=1, device="cpu", label="seed 2 of 3, a line")
    shown = capsys.readouterr().err
    assert (shown == "") is silent
    assert ("seed 2 of 3, a line:" in shown) is not silent


def batches_of(data, size=16):
    return [data[index] for index in torch.arange(len(data)).split(size)]


def cross_entropy(model, batch):
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


def sgd(model, lr=0.1):
    return torch.optim.SGD(model.parameters(), lr=lr)


def test_steps_are_the_loop_written_out(points):
    by_hand, model = linear(), linear()
    optimizer, losses = sgd(by_hand), []
    for batch in batches_of(points[0]):
        loss = cross_entropy(by_hand, batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(by_hand.parameters(), 0.5)
        optimizer.step()
        optimizer.param_groups[0]["lr"] *= 0.5
        losses.append(loss.item())
    optimizer = sgd(model)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    options = {"optimizer": optimizer, "schedule": schedule, "clip": 0.5}
    taken = train.steps(model, batches_of(points[0]), cross_entropy, **options)
    assert list(taken) == losses
    assert torch.equal(model.weight, by_hand.weight)


def test_accumulated_batches_are_one_large_batch(points):
    one, parts = linear(), linear()
    (loss,) = train.steps(one, batches_of(points[0], 80), cross_entropy, optimizer=sgd(one))
    (mean,) = train.steps(
        parts, batches_of(points[0], 20), cross_entropy, optimizer=sgd(parts), accumulate=4
    )
    assert mean == pytest.approx(loss, rel=1e-5)
    assert torch.allclose(one.weight, parts.weight, atol=1e-6)


def test_two_models_train_in_turn_and_the_weights_are_averaged(points):
    """What a GAN and a diffusion model ask for: the caller stands between two steps."""
    one, other = linear(), linear()
    mean = torch.optim.swa_utils.AveragedModel(one, avg_fn=lambda old, new, _: (old + new) / 2)
    ways = [
        train.steps(m, batches_of(points[0], 40), cross_entropy, optimizer=sgd(m))
        for m in (one, other)
    ]
    seen = [one.weight.detach().clone()]
    for _ in zip(*ways, strict=True):
        mean.update_parameters(one)
        seen.append(one.weight.detach().clone())
    assert len(seen) == 3
    assert torch.equal(one.weight, other.weight)
    assert torch.allclose(mean.module.weight, (seen[1] + seen[2]) / 2, atol=1e-6)


def test_precision_is_that_of_the_products(points):
    kinds, model = [], linear()
    hook = model.register_forward_hook(lambda module, inputs, output: kinds.append(output.dtype))
    batches = batches_of(points[0])[:2]
    list(train.steps(model, batches, cross_entropy, optimizer=sgd(model), precision=torch.bfloat16))
    hook.remove()
    assert kinds == [torch.bfloat16] * 2
    assert model.weight.dtype == torch.float32


def test_steps_name_the_step_at_which_the_loss_explodes(points):
    x, y = points[0][:4]
    batches = [(x, y), (x, y), (x * float("nan"), y), (x, y)]
    model = linear()
    with pytest.raises(ValueError, match="nan at step 2"):
        list(train.steps(model, batches, cross_entropy, optimizer=sgd(model), accumulate=2))


def test_fit_hands_on_several_inputs_and_targets():
    class Pairs(torch.utils.data.Dataset):
        def __len__(self):
            return 40

        def __getitem__(self, index):
            x = index.float()[:, None] / 40
            return (x, x + 1), (x, 2 * x)

    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def forward(self, a, b):
            return self.layer(torch.cat([a, b], dim=1))

    def loss_fn(answer, one, two):
        return (answer - torch.cat([one, two], dim=1)).square().mean()

    runtime.set_seed(0)
    history = train.fit(Sum(), Pairs(), epochs=150, lr=0.1, loss_fn=loss_fn, device="cpu")
    assert history.loss[-1] < 0.01 < history.loss[0]
