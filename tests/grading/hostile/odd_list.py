"""Returns lists in place of a tensor."""


# earns: cosine standardise learn
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return y.tolist()
