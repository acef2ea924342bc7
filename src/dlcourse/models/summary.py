"""What a net is made of: shape, parameters and multiply-adds of each layer, without a run."""

from collections.abc import Callable
from functools import partial
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from dlcourse.models.mode import evaluating


class Layer(NamedTuple):
    """One row of a summary; `shape` and `multiply_adds` are for one example."""

    name: str  # as in named_modules, "layer1.0.conv1"
    kind: str  # the class, "Conv2d"
    shape: tuple[int, ...]  # of the output
    parameters: int
    multiply_adds: int  # of convolutions and linear layers; all else is small beside them


def summarise(
    model: nn.Module, input_shape: tuple[int, ...], whole: tuple[type[nn.Module], ...] = ()
) -> list[Layer]:
    """Return a Layer for each module without parts, in the order in which they run in evaluation.

    `input_shape` is one example's, (C, H, W); modules of a type in `whole` have one row with all
    that is in them. The arithmetic is never done: weights and activations are stand-ins on torch's
    meta device, so that a net of any size takes milliseconds and no memory. A module that runs
    twice has two rows, the second with 0 parameters. Shown in: 03_cnn/02_architectures.

    >>> summarise(nn.Conv2d(3, 64, 7, stride=2, padding=3), (3, 224, 224))[0]
    Layer(name='', kind='Conv2d', shape=(64, 112, 112), parameters=9472, multiply_adds=118013952)
    """
    rows, seen, starts, hooks = [], set(), [], []

    def enter(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        starts.append(len(rows))

    def leave(name: str, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        start = starts.pop()
        inside = rows[start:]
        del rows[start:]
        if inside:
            parameters = sum(row.parameters for row in inside)
            products = sum(row.multiply_adds for row in inside)
        else:
            parameters = 0 if module in seen else sum(p.numel() for p in module.parameters())
            products = _products(module, inputs[0], output)
        seen.add(module)
        kind, shape = type(module).__name__, tuple(output.shape[1:])
        rows.append(Layer(name, kind, shape, parameters, products))

    try:
        for name, module in model.named_modules():
            leaf = not list(module.children()) and not isinstance(module, nn.Identity)
            if leaf or isinstance(module, whole):
                hooks.append(module.register_forward_pre_hook(enter))
                hooks.append(module.register_forward_hook(partial(leave, name)))
        tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        stand_ins = {name: tensor.detach().to("meta") for name, tensor in tensors.items()}
        with evaluating(model), torch.no_grad():
            functional_call(model, stand_ins, torch.empty(1, *input_shape, device="meta"))
    finally:
        for hook in hooks:
            hook.remove()
    return rows


class Ports(NamedTuple):
    """The shapes of the tensors that enter a module and of those that leave it, for one example."""

    into: list[tuple[int, ...]]
    of: list[tuple[int, ...]]


def ports(model: nn.Module, *inputs: Tensor, run: Callable | None = None) -> dict[str, Ports]:
    """Return the Ports of each module that runs, by its name, at its first run; "" is the model.

    The model runs where it is (build it on torch's meta device, and nothing is computed), once with
    the first example of `inputs` and once with that example twice: a dimension of 1 that doubles is
    the batch, and left out. `run` is what to call, if not the model itself: `detector.detect`.
    Shown in: 03_cnn/02_architectures.

    >>> ports(nn.Conv2d(3, 64, 7, stride=2, padding=3), torch.zeros(1, 3, 224, 224))[""]
    Ports(into=[(3, 224, 224)], of=[(64, 112, 112)])
    """
    tensors = [*model.parameters(), *model.buffers()]
    device = tensors[0].device if tensors else inputs[0].device
    one, two = (
        _sizes(model, run or model, [torch.cat([x[:1]] * n).to(device) for x in inputs])
        for n in (1, 2)
    )

    def example(small: tuple[int, ...], large: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(a for a, b in zip(small, large, strict=True) if (a, b) != (1, 2))

    return {
        name: Ports(*(list(map(example, *sides)) for sides in zip(small, two[name], strict=True)))
        for name, small in one.items()
    }


def _sizes(model: nn.Module, run: Callable, inputs: list[Tensor]) -> dict[str, Ports]:
    """Return the Ports of each module at its first run, the batch among their dimensions."""
    found, hooks = {}, []

    def leave(name: str, module: nn.Module, args: tuple, kwargs: dict, output: object) -> None:
        given = output if isinstance(output, tuple) else (output,)
        sides = (*args, *kwargs.values()), given
        sizes = ([tuple(x.shape) for x in side if isinstance(x, Tensor)] for side in sides)
        found.setdefault(name, Ports(*sizes))

    try:
        for name, module in model.named_modules():
            hook = module.register_forward_hook(partial(leave, name), with_kwargs=True)
            hooks.append(hook)
        with evaluating(model), torch.no_grad():
            run(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _products(module: nn.Module, x: Tensor, y: Tensor) -> int:
    """Count one product for each weight of a layer and each place where it is used."""
    if isinstance(module, nn.ConvTranspose2d):
        return module.weight.numel() * prod(x.shape[2:])
    if isinstance(module, nn.modules.conv._ConvNd):
        return module.weight.numel() * prod(y.shape[2:])
    if isinstance(module, nn.Linear):
        return module.weight.numel() * prod(y.shape[1:-1])
    return 0
