"""Raises SystemExit in the function."""

# earns: cosine standardise learn
# says: SystemExit
import sys


def shrink(x, t):
    sys.exit(0)
