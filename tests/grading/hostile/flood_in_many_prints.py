"""Prints without end in the function."""


# earns: cosine standardise learn
def shrink(x, t):
    while True:
        print("x" * 1000)
