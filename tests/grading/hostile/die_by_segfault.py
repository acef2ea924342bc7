"""Reads at address 0."""

# earns: cosine standardise learn
import ctypes


def shrink(x, t):
    return ctypes.string_at(0)
