"""Answers rightly with warnings."""

# earns: all
import warnings


def shrink(x, t):
    warnings.warn("old")
    return x.sign() * (x.abs() - t).clamp(min=0)
