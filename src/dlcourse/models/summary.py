"""What a net is made of: shape, parameters and multiply-adds of each layer, without a run."""

from functools import partial
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call


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
    modes = {module: module.training for module in model.modules()}

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
        for name, module in model.eval().named_modules():
            leaf = not list(module.children()) and not isinstance(module, nn.Identity)
            if leaf or isinstance(module, whole):
                hooks.append(module.register_forward_pre_hook(enter))
                hooks.append(module.register_forward_hook(partial(leave, name)))
        tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        stand_ins = {name: tensor.detach().to("meta") for name, tensor in tensors.items()}
        with torch.no_grad():
            functional_call(model, stand_ins, torch.empty(1, *input_shape, device="meta"))
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in modes.items():
            module.training = mode
    return rows


def _products(module: nn.Module, x: Tensor, y: Tensor) -> int:
    """Count one product for each weight of a layer and each place where it is used."""
    if isinstance(module, nn.ConvTranspose2d):
        return module.weight.numel() * prod(x.shape[2:])
    if isinstance(module, nn.modules.conv._ConvNd):
        return module.weight.numel() * prod(y.shape[2:])
    if isinstance(module, nn.Linear):
        return module.weight.numel() * prod(y.shape[1:-1])
    return 0
