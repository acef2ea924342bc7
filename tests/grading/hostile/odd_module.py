"""Returns a module."""


# earns: cosine standardise learn
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return nn.Linear(1, 1)
