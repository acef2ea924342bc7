"""Checks of a student's `build() -> nn.Module`: its size, what it gives, what it learns."""

from collections.abc import Callable

import torch

from dlcourse import data
from dlcourse.checks import answer, expect


def budget(build: Callable, limit: int, *, look: str) -> None:
    """Expect at most `limit` numbers, and at least one, in the state_dict of the net."""
    size = sum(torch.Size(shape).numel() for shape in answer.shapes(build).values())
    hidden = "no layer with weights is registered: a plain list hides them, nn.ModuleList does not"
    expect.that(
        0 < size <= limit,
        want=f"at most {limit:,} numbers in the net",
        got=f"{size:,}",
        cause="one number for each weight and bias: make layers narrower, or leave some out"
        if size
        else hidden,
        look=look,
    )


def classifier(build: Callable, shape: tuple[int, ...], classes: int, *, look: str) -> None:
    """Expect logits (B, classes) for images of `shape`, made by layers that all stand in the state_dict."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(5, *shape, generator=generator)
    shapes = answer.shapes(build)
    state = {name: 0.2 * torch.rand(size, generator=generator) for name, size in shapes.items()}
    logits = answer.outputs(build, state, x)
    shape_cause = f"the last layer has {classes} outputs, and a Flatten stands before it"
    expect.tensor(logits, (5, classes), name="the output", look=look, shape_cause=shape_cause)
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
        torch.equal(logits, answer.outputs(build, state, x)),
        want="equal outputs from two nets with equal numbers in their state_dicts",
        got="outputs that differ",
        cause="some layers are not registered (use nn.Sequential or nn.ModuleList), or chance plays a part "
        "that eval() does not stop",
        look=look,
    )


def held_out(build: Callable, spec: dict, bar: float, *, look: str) -> None:
    """Train the net as `spec` says (see `answer.accuracy`); expect a share `bar` of held-out digits."""
    images, labels = data.load_mnist()[1].tensors
    predicted = answer.accuracy(build, spec, images)
    share = (predicted == labels).double().mean().item()
    expect.that(
        share >= bar,
        want=f"at least {bar:.0%} of {len(labels):,} held-out digits after {spec['epochs']} epochs",
        got=f"{share:.1%}",
        cause="the net does not learn enough in this time: look at what its layers can and cannot see",
        look=look,
    )
