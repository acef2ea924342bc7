"""Returns a right answer in float64."""


# earns: all
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return y.double()
