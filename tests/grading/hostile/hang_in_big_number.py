"""Computes a number of a hundred million digits, in C without a look at signals."""


# earns: cosine standardise learn
def shrink(x, t):
    return 3 ** (10**9)
