"""Returns nan."""


# earns: cosine standardise learn
# says: nan
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return y / 0 * 0
