"""Returns a list of ten million numbers."""


# earns: cosine standardise learn
def shrink(x, t):
    return [0.0] * 10_000_000
