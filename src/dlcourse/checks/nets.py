"""Checks of a student's `build() -> nn.Module`: its size, what it gives, what it learns."""

from collections.abc import Callable
from math import prod

import torch

from dlcourse import data
from dlcourse.checks import answer, expect


def budget(build: Callable, limit: int, *, look: str) -> None:
    """Expect at most `limit` numbers, and at least one, in the state_dict of the net."""
    _within(answer.shapes(build), limit, look)


def _within(shapes: dict[str, tuple[int, ...]], limit: int, look: str) -> None:
    size = sum(map(prod, shapes.values()))
    hidden = "no layer with weights is registered: a plain list hides them, nn.ModuleList does not"
    large = "one number for each weight and bias: make layers narrower, or leave some out"
    expect.that(
        0 < size <= limit,
        want=f"at most {limit:,} numbers in the net",
        got=f"{size:,}",
        cause=large if size else hidden,
        look=look,
    )


def classifier(build: Callable, shape: tuple[int, ...], classes: int, *, look: str) -> None:
    """Expect logits (B, classes) for images of `shape`, of layers that the state_dict has."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(5, *shape, generator=generator)
    shapes = answer.shapes(build)
    state = {name: 0.2 * torch.rand(size, generator=generator) for name, size in shapes.items()}
    logits, again = (_logits(build, state, x, classes, look) for _ in range(2))
    ones = torch.ones(5)
    expect.that(
        not any(torch.allclose(total, ones) for total in (logits.sum(1), logits.exp().sum(1))),
        want="logits, which may be any real numbers",
        got="probabilities or their logarithms",
        cause="a softmax at the end of the net, which the loss has already",
        look=look,
    )
    expect.that(
        not torch.allclose(logits, logits[:1].expand_as(logits)),
        want="other outputs for other images",
        got="the same for all of them",
        cause="what comes out does not depend on the image, at least with these weights",
        look=look,
    )
    expect.that(
        torch.equal(logits, again),
        want="equal outputs from two nets with equal numbers in their state_dicts",
        got="outputs that differ",
        cause="some layers are not registered (use nn.Sequential or nn.ModuleList), "
        "or chance plays a part that eval() does not stop",
        look=look,
    )


def held_out(build: Callable, spec: dict, bar: float, limit: int, *, look: str) -> None:
    """Train the net as `spec` says (see `answer.learn`); expect a share `bar` of held-out digits.

    What was learned must fit into the `limit` numbers that were counted: a new net gets them, and
    reads.
    """
    images, labels = data.load_mnist()[1].tensors
    state, trained = answer.learn(build, spec, images)
    _within({name: tuple(value.shape) for name, value in state.items()}, limit, look)
    # Another net learns a little: what nets share besides their numbers is no longer what it was.
    little = {"seed": spec["seed"] + 1, "epochs": 1, "examples": 300}
    _, other = answer.learn(build, spec | little, images[:1])
    expect.tensor(other, (1, 10), name="the output of another net", look=look)
    outside = (
        "what was learned stands outside the state_dict, where nothing is counted: "
        "in attributes, lists or globals"
    )
    logits = _logits(build, state, images, 10, look)
    expect.close(
        trained,
        logits,
        name="the output of the trained net, "
        "as of a new one with the same numbers in its state_dict",
        cause=outside,
        look=look,
    )

    def right(logits: torch.Tensor) -> float:
        return (logits.argmax(1) == labels).double().mean().item()

    share = right(logits)
    expect.that(
        share >= bar,
        want=f"at least {bar:.0%} of {len(labels):,} held-out digits after {spec['epochs']} epochs",
        got=f"{share:.1%}",
        cause="the net does not learn enough in this time: "
        "look at what its layers can and cannot see",
        look=look,
    )
    generator = torch.Generator().manual_seed(spec["seed"])
    chance = {name: torch.rand(value.shape, generator=generator) for name, value in state.items()}
    close = {name: value * (1 + chance[name] / 1000) for name, value in state.items()}
    near, known = (right(_logits(build, other, images, 10, look)) for other in (close, chance))
    expect.that(
        near > share - 0.05 and known < 0.5,
        want="a net that reads as well as its numbers let it",
        got=f"{near:.1%} with trained numbers off by a thousandth, "
        f"{known:.1%} with numbers of chance",
        cause=outside,
        look=look,
    )


def _logits(build: Callable, state: dict, x: torch.Tensor, classes: int, look: str) -> torch.Tensor:
    logits = answer.outputs(build, state, x)
    shape_cause = f"the last layer has {classes} outputs, and a Flatten stands before it"
    expect.tensor(logits, (len(x), classes), name="the output", look=look, shape_cause=shape_cause)
    return logits
