"""Writes 50 MB to stderr in small pieces, then answers rightly."""

# earns: all
import sys

for _ in range(500):
    sys.stderr.write("x" * 100_000)


def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
