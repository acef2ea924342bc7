"""Returns a text of 200 MB."""


# earns: cosine standardise learn
def shrink(x, t):
    return "x" * 200_000_000
