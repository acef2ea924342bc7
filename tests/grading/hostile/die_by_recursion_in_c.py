"""Calls itself until the stack is full."""

# earns: cosine standardise learn
import sys

sys.setrecursionlimit(10**9)


def shrink(x, t):
    return [*map(lambda y: shrink(y, t), [x])]
