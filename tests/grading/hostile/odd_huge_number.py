"""Returns a number of five thousand digits."""


# earns: cosine standardise learn
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return 10**5000
