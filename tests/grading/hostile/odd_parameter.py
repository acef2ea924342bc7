"""Returns a right answer as a parameter."""


# earns: all
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return nn.Parameter(y)
