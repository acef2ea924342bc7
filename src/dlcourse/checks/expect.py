"""Comparisons of data that a check got with what it wants; each raises CheckFailed."""

import math
from collections.abc import Callable, Mapping

import torch

from dlcourse.checks import answer
from dlcourse.checks.failure import CheckFailed

FINITE = "some step gives numbers that are not finite, such as 1/0, 0/0, log of 0 or exp of 1000"


def that(condition: bool, *, want: str, got: str, cause: str, look: str) -> None:
    """Raise CheckFailed with these texts unless `condition` holds."""
    if not condition:
        raise CheckFailed(want, got, cause, look)


def tensor(
    value,
    shape: tuple[int, ...],
    *,
    name: str,
    look: str,
    dtype: torch.dtype | None = None,
    shape_cause: str = "the statement says which axes it has, and which size each of them",
    finite_cause: str = FINITE,
    finite_else: torch.Tensor | None = None,
) -> None:
    """Expect a tensor of `shape` with finite values, of any floating-point type or of `dtype`.

    Where numbers that `finite_else` marks are not finite, `finite_cause` is not the cause.
    """
    want = f"{name}: a {dtype or 'floating-point'} tensor of shape {tuple(shape)}"
    fits = torch.is_tensor(value) and (value.dtype == dtype if dtype else value.is_floating_point())
    if not fits:
        raise CheckFailed(want, describe(value), _wrong_type(value), look)
    if value.shape != torch.Size(shape):
        raise CheckFailed(want, f"shape {tuple(value.shape)}", shape_cause, look)
    if not (finite := value.isfinite()).all():
        elsewhere = finite_else is not None and (~finite & finite_else).any()
        cause = FINITE if elsewhere else finite_cause
        raise CheckFailed(f"{name}: finite numbers", "nan or inf", cause, look)


def close(
    value,
    want: torch.Tensor,
    *,
    name: str,
    cause: str,
    look: str,
    mistakes: Mapping[str, object] | None = None,
    tolerance: float = 1e-4,
    **causes,
) -> None:
    """Expect a tensor equal to `want`, to within `tolerance` times the larger of 1 and max |want|.

    `mistakes` maps a cause to the values it leads to, as a tensor, number or list of as many. Where
    one of them is what came, that cause is named, else `cause`. Where `want` is of bool or int64,
    the tensor must be so too. `causes` go to `tensor`.
    """
    dtype = want.dtype if want.dtype in (torch.bool, torch.int64) else None
    tensor(value, want.shape, name=name, look=look, dtype=dtype, **causes)
    if _near(value, want, tolerance):
        return
    difference = (value.double() - want.double()).abs()
    at = [int(i) for i in torch.unravel_index(difference.argmax(), want.shape)]
    for reason, wrong in (mistakes or {}).items():
        if _near(value, torch.as_tensor(wrong).reshape(want.shape), tolerance):
            cause = reason
            break
    place = f" at {at}" if at else ""
    raise CheckFailed(
        f"{name}: {_show(want[tuple(at)])}{place}",
        _show(value[tuple(at)]),
        cause,
        look,
    )


def number(
    value, want: int, *, name: str, cause: str, look: str, mistakes: dict[str, int] | None = None
):
    """Expect a whole number equal to `want`; `mistakes` maps a cause to the number it leads to."""
    odd = not math.isfinite(value) if type(value) is float else type(value) is not int
    if odd:
        wanted = f"{name}: {want}, a whole number"
        raise CheckFailed(wanted, describe(value), _wrong_type(value), look)
    if value != want:
        known: dict[float, str] = {wrong: reason for reason, wrong in (mistakes or {}).items()}
        raise CheckFailed(f"{name}: {want}", describe(value), known.get(value, cause), look)


def result(function: Callable, arguments: tuple, *, names: str, look: str):
    """Return what a student's function gives; expect its arguments ("x, mask") as they were."""
    value, after = answer.call(function, *arguments)
    for name, old, new in zip(names.split(", "), arguments, after):
        if not _same(old, new):
            raise CheckFailed(
                f"{name} as it was handed in",
                f"{name} was changed by the function",
                "an operation in place on an argument: "
                "+=, x[...] = ..., a method that ends in _, or pop",
                look,
            )
    return value


def worked(function: Callable, arguments: tuple, want, *, names: str, **rest) -> None:
    """Expect the tensor `want` of a student's function: `result`, then `close` with `rest`."""
    value = result(function, arguments, names=names, look=rest["look"])
    close(value, want, **rest)


def several(value, number: int, *, want: str, look: str, cause: str = ""):
    """Expect a list or tuple of `number` things, which `want` says in words."""
    alone = torch.is_tensor(value)
    pair = "one of the two is missing" if alone else "no more and no less is asked for"
    that(
        isinstance(value, list | tuple) and len(value) == number,
        want=want,
        got=describe(value),
        cause=_wrong_type(value) if value is None else cause or pair,
        look=look,
    )


def describe(value) -> str:
    """Say in a few words what a piece of data is."""
    if torch.is_tensor(value):
        return f"a tensor of shape {tuple(value.shape)} and {value.dtype}"
    if type(value) is int and abs(value) >= 10**18:
        return f"a whole number of about {value.bit_length() * 0.30103:.0f} digits"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"


def _wrong_type(value) -> str:
    if value is None:
        return "the function ends without `return`, or what it returns is None"
    return "something else than the statement asks for is returned"


def _show(number: torch.Tensor) -> str:
    return f"{number.item():.4g}" if number.is_floating_point() else f"{number.item()}"


def _near(value: torch.Tensor, want: torch.Tensor, tolerance: float) -> bool:
    scale = max(1.0, want.double().abs().max().item()) if want.numel() else 1.0
    return torch.allclose(value.double(), want.double(), rtol=0, atol=tolerance * scale)


def _same(old, new) -> bool:
    if torch.is_tensor(old):
        return torch.is_tensor(new) and old.dtype == new.dtype and torch.equal(old, new)
    if type(old) is not type(new):
        return False
    if isinstance(old, list | tuple):
        return len(old) == len(new) and all(map(_same, old, new))
    if isinstance(old, dict):
        return _same(list(old.items()), list(new.items()))
    return old == new
