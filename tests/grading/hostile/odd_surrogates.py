"""Returns and prints text that is no Unicode."""


# earns: cosine standardise learn
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return (print("\ud800"), "\udfff")[1]
