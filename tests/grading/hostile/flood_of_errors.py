"""Raises an error with a text of 100 MB."""


# earns: cosine standardise learn
def shrink(x, t):
    raise ValueError("x" * 100_000_000)
