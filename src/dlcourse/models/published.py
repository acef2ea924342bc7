"""Weights as their authors published them, into models with this course's parameter names."""

import re
from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from dlcourse.runtime import CourseError

Table = Sequence[tuple[str, str]]  # (pattern, replacement), from published names to ours
# Checkpoints that came from TensorFlow name the two parameters of a LayerNorm so.
OLDER: Table = [(r"\.gamma$", ".weight"), (r"\.beta$", ".bias")]


def choose(kind: str, name: str, sizes: Mapping[str, dict]) -> dict:
    """Return the sizes that were published under a name; raises CourseError that lists the names.

    >>> choose("Net", "large", {"base": {"D": 8}, "large": {"D": 16}})
    {'D': 16}
    """
    if name not in sizes:
        raise CourseError(f"no {kind} is called {name!r}; there are: {', '.join(sizes)}")
    return sizes[name]


def rename(state_dict: Mapping[str, Tensor], table: Table) -> dict[str, str]:
    """Return the published name of each of our names, every rule of `table` applied in order.

    >>> rename({"LayerNorm.gamma": None}, [("^LayerNorm", "norm")])
    {'norm.weight': 'LayerNorm.gamma'}
    """
    names = {}
    for published in state_dict:
        name = published
        for pattern, replacement in [*OLDER, *table]:
            name = re.sub(pattern, replacement, name)
        names[name] = published
    return names


def load(
    model: nn.Module,
    state_dict: Mapping[str, Tensor],
    table: Table,
    *,
    ignored: Sequence[str] = (),
) -> None:
    """Copy published weights into `model`, with nothing missing and nothing left over.

    `table` turns published names into ours; published names that match a pattern of `ignored` are
    dropped on purpose. Nothing is copied unless all fits: raises CourseError that names the first
    key which is missing, unknown or of another shape.
    """
    kept = {
        name: value
        for name, value in state_dict.items()
        if not any(re.search(pattern, name) for pattern in ignored)
    }
    names, own = rename(kept, table), model.state_dict()
    for name, value in own.items():
        if name not in names and name.endswith("num_batches_tracked"):
            continue  # a counter that older files do not have, and nobody reads
        if name not in names:
            raise CourseError(f"these weights are for another model: {name} is missing from them")
        if kept[names[name]].shape != value.shape:
            raise CourseError(
                f"these weights are for another model: {names[name]} is of shape "
                f"{tuple(kept[names[name]].shape)}, and here it is {tuple(value.shape)}"
            )
    for name, published in names.items():
        if name not in own:
            raise CourseError(
                f"these weights are for another model: {published} has no place in it"
            )
    model.load_state_dict({name: kept[names[name]] for name in own if name in names}, strict=False)
