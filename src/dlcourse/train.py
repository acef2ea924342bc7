"""The training loop, once: lessons call `fit`, or `steps`, on which it stands."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from tqdm.auto import tqdm

from dlcourse import runtime
from dlcourse.models.mode import evaluating

Batch = TypeVar("Batch")


class Indexable(Protocol):
    """A data set that a tensor of indices can index, as TensorDataset."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: Tensor, /) -> tuple: ...


@dataclass
class History:
    """What `fit` saw: the loss of every step, held-out loss and accuracy of every epoch."""

    loss: list[float] = field(default_factory=list)  # one a step
    val_step: list[int] = field(default_factory=list)  # steps done when an epoch ended
    val_loss: list[float] = field(default_factory=list)  # one an epoch
    val_accuracy: list[float] = field(default_factory=list)  # one an epoch, a share in [0, 1]
    seconds: float = 0.0


def steps(
    model: nn.Module,
    batches: Iterable[Batch],
    loss_fn: Callable[[nn.Module, Batch], Tensor],
    *,
    optimizer: Optimizer,
    schedule: LRScheduler | None = None,
    clip: float | None = None,
    accumulate: int = 1,
    precision: torch.dtype | None = None,
) -> Iterator[float]:
    """Train `model` in place, one step for each `accumulate` batches; yield each step's loss.

    It goes on until the batches end or nobody asks for the next step, so that whoever calls may
    measure, average the weights, or train a second model in between. `loss_fn(model, batch)` is a
    mean over the batch. `schedule` steps with the optimizer, `clip` bounds the norm of the
    gradient, `precision` is what products are computed in (torch.bfloat16). Raises CourseError when
    the loss is no longer finite. Shown in: 06_transformer/03_transformer.
    """
    device, total = next(model.parameters()).device, 0.0
    model.train()
    optimizer.zero_grad()
    for number, batch in enumerate(batches, start=1):
        with torch.autocast(device.type, precision, enabled=precision is not None):
            loss = loss_fn(model, batch) / accumulate
        loss.backward()
        total += loss.item()
        if not math.isfinite(total):
            step = math.ceil(number / accumulate)
            raise runtime.CourseError(f"the loss is {total} at step {step}: try a smaller lr")
        if number % accumulate:
            continue
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        if schedule is not None:
            schedule.step()
        optimizer.zero_grad()
        yield total
        total = 0.0


def evaluate(model: nn.Module, data: Indexable, batch: int = 500) -> tuple[float, float]:
    """Return a classifier's mean cross-entropy and accuracy on a data set, without dropout."""
    device = next(model.parameters()).device
    loss = right = 0.0
    with evaluating(model), torch.no_grad():
        for index in torch.arange(len(data)).split(batch):
            x, (y,) = (_move(part, device) for part in data[index])
            logits = model(*x)
            loss += F.cross_entropy(logits, y, reduction="sum").item()
            right += (logits.argmax(dim=-1) == y).sum().item()
    return loss / len(data), right / len(data)


def fit(
    model: nn.Module,
    train: Indexable,
    val: Indexable | None = None,
    *,
    epochs: int = 5,
    batch: int = 32,
    lr: float = 3e-3,
    loss_fn: Callable[..., Tensor] = F.cross_entropy,
    seed: int = 0,
    device: torch.device | str | None = None,
    patience: int | None = None,
    on_step: Callable[[nn.Module, History], None] | None = None,
    label: str | None = None,
) -> History:
    """Train `model` in place with Adam and a one-cycle rate (Smith 2018); return its History.

    `train` and `val` are data sets that a tensor of indices can index, as TensorDataset, and give
    (x, y); the loss is `loss_fn(model(x), y)`, and where x or y is a tuple, `loss_fn(model(*x),
    *y)`. `seed` fixes the order of the examples and what the model draws, not its initial weights.
    `device` defaults to `runtime.pick_device()`. After `patience` epochs without a lower held-out
    loss it stops and brings the best weights back (early stopping); that needs `val`.
    `on_step(model, history)` is called after every step. `label` stands before the progress bar, as
    "seed 2 of 3, LeNet". Raises CourseError when the loss is no longer finite. Shown in:
    03_cnn/01_convolution.
    """
    if patience is not None and val is None:
        raise runtime.CourseError(
            "patience needs val: early stopping watches the loss on held-out examples"
        )
    runtime.set_seed(seed)
    device = torch.device(device or runtime.pick_device())
    model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    epoch = math.ceil(len(train) / batch)  # steps
    total = epochs * epoch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=total)

    def batches() -> Iterator[list[tuple[Tensor, ...]]]:
        for _ in range(epochs):
            for index in torch.randperm(len(train)).split(batch):
                yield [_move(part, device) for part in train[index]]

    def loss_of(model: nn.Module, pair: list[tuple[Tensor, ...]]) -> Tensor:
        x, y = pair
        return loss_fn(model(*x), *y)

    history, best, start = History(), None, time.perf_counter()
    losses = steps(model, batches(), loss_of, optimizer=optimizer, schedule=schedule)
    silent = runtime.static()
    bar = tqdm(losses, label, total=total, unit="step", leave=False, disable=silent)
    for loss in bar:
        history.loss.append(loss)
        if on_step:
            on_step(model, history)
        if val is None or len(history.loss) % epoch:
            continue
        val_loss, val_accuracy = evaluate(model, val)
        history.val_step.append(len(history.loss))
        history.val_loss.append(val_loss)
        history.val_accuracy.append(val_accuracy)
        bar.set_postfix(loss=f"{val_loss:.3f}", accuracy=f"{val_accuracy:.3f}")
        lowest = min(history.val_loss)
        if patience is not None:
            if val_loss == lowest:
                best = deepcopy(model.state_dict())
            elif len(history.val_loss) - 1 - history.val_loss.index(lowest) >= patience:
                break
    if best is not None:
        model.load_state_dict(best)
    bar.close()
    history.seconds = time.perf_counter() - start
    return history


def _move(part: Tensor | tuple[Tensor, ...], device: torch.device) -> tuple[Tensor, ...]:
    """Return one or several tensors on a device."""
    parts = part if isinstance(part, tuple) else (part,)
    return tuple(each.to(device) for each in parts)
