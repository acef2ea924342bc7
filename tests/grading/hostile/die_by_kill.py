"""Kills itself."""

# earns: cosine standardise learn
import os


def shrink(x, t):
    os.kill(os.getpid(), 9)
