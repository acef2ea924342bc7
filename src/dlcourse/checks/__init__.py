"""Checks of the exercises: what a notebook calls, and what hidden tests are written with.

Each assignment has a folder, which is imported when it is used first: `checks.cnn.partial_conv`.
"""

from importlib import import_module
from importlib.util import find_spec

from dlcourse.checks import answer, expect, nets
from dlcourse.checks.failure import CheckFailed, points, watch_names

__all__ = ["CheckFailed", "answer", "expect", "nets", "points"]

watch_names()


def __getattr__(name: str):
    if find_spec(path := f"{__name__}.{name}") is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(path)
