"""Returns infinity."""


# earns: cosine standardise learn
# says: nan or inf
def shrink(x, t):
    return x + float("inf")
