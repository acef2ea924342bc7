"""Asks for input where nobody is."""


# earns: cosine standardise learn
def shrink(x, t):
    input()
    return x
