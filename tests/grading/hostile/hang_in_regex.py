"""Waits for a regular expression of exponential time."""

# earns: cosine standardise learn
import re


def shrink(x, t):
    re.match(r"(a+)+$", "a" * 50 + "b")
    return x
