"""Calls itself for ever."""


# earns: cosine standardise learn
# says: RecursionError
def shrink(x, t):
    return shrink(x, t)
