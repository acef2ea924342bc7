"""Defines nothing of that name."""


# earns: cosine standardise learn
def schrink(x, t):
    return x
