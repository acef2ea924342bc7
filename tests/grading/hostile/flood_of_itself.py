"""Returns a list that holds itself."""


# earns: cosine standardise learn
def shrink(x, t):
    value = []
    value.append(value)
    return value
