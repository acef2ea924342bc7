"""Raises KeyboardInterrupt and GeneratorExit."""


# earns: cosine standardise learn
def shrink(x, t):
    raise KeyboardInterrupt
