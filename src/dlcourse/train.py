"""The training loop, once: chapter 02 writes it out, every later lesson calls `fit`."""

import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset
from tqdm.auto import tqdm

from dlcourse import runtime


@dataclass
class History:
    """What `fit` saw: the training loss of every step, held-out loss and accuracy of every epoch."""

    loss: list[float] = field(default_factory=list)  # one a step
    val_step: list[int] = field(default_factory=list)  # steps done when an epoch ended
    val_loss: list[float] = field(default_factory=list)  # one an epoch
    val_accuracy: list[float] = field(default_factory=list)  # one an epoch, a share in [0, 1]
    seconds: float = 0.0


def evaluate(model: nn.Module, data: Dataset, batch: int = 500) -> tuple[float, float]:
    """Return a classifier's mean cross-entropy and accuracy on a data set, with dropout and the like off."""
    device, was_training = next(model.parameters()).device, model.training
    model.eval()
    loss = right = 0.0
    with torch.no_grad():
        for index in torch.arange(len(data)).split(batch):
            x, y = (part.to(device) for part in data[index])
            logits = model(x)
            loss += F.cross_entropy(logits, y, reduction="sum").item()
            right += (logits.argmax(dim=-1) == y).sum().item()
    model.train(was_training)
    return loss / len(data), right / len(data)


def fit(
    model: nn.Module,
    train: Dataset,
    val: Dataset | None = None,
    *,
    epochs: int = 5,
    batch: int = 32,
    lr: float = 3e-3,
    loss_fn: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
    seed: int = 0,
    device: torch.device | str | None = None,
    patience: int | None = None,
    on_step: Callable[[nn.Module, History], None] | None = None,
) -> History:
    """Train `model` in place with Adam and a one-cycle learning rate (Smith 2018), and return its History.

    `train` and `val` are data sets that a tensor of indices can index, as TensorDataset. `seed` fixes
    the order of the examples and what the model draws, not its initial weights. `device` defaults to
    `runtime.pick_device()`. After `patience` epochs without a lower held-out loss it stops and brings
    the best weights back (early stopping); that needs `val`. `on_step(model, history)` is called after
    every step. Raises ValueError when the loss is no longer finite. Shown in: 02_dnn, 03_cnn/01_convolution.
    """
    if patience is not None and val is None:
        raise ValueError("patience needs val: early stopping watches the loss on held-out examples")
    runtime.set_seed(seed)
    device = torch.device(device or runtime.pick_device())
    model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    steps = epochs * math.ceil(len(train) / batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=steps)
    history, best, start = History(), None, time.perf_counter()
    bar = tqdm(total=steps, unit="step", leave=False, disable=runtime.static())
    for _ in range(epochs):
        for index in torch.randperm(len(train)).split(batch):
            x, y = (part.to(device) for part in train[index])
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            schedule.step()
            history.loss.append(loss.item())
            if not math.isfinite(history.loss[-1]):
                raise ValueError(
                    f"the loss is {history.loss[-1]} at step {len(history.loss)}: try a smaller lr"
                )
            bar.update()
            if on_step:
                on_step(model, history)
        if val is None:
            continue
        val_loss, val_accuracy = evaluate(model, val)
        history.val_step.append(len(history.loss))
        history.val_loss.append(val_loss)
        history.val_accuracy.append(val_accuracy)
        bar.set_postfix(loss=f"{val_loss:.3f}", accuracy=f"{val_accuracy:.3f}")
        if patience is not None:
            if val_loss <= min(history.val_loss):
                best = deepcopy(model.state_dict())
            elif (
                len(history.val_loss) - 1 - history.val_loss.index(min(history.val_loss))
                >= patience
            ):
                break
    if best is not None:
        model.load_state_dict(best)
    bar.close()
    history.seconds = time.perf_counter() - start
    return history
