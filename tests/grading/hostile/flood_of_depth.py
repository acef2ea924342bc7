"""Returns lists in lists, a hundred thousand deep."""


# earns: cosine standardise learn
def shrink(x, t):
    value = []
    for _ in range(100_000):
        value = [value]
    return value
