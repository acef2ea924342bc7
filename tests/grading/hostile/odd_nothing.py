"""Returns nothing."""


# earns: cosine standardise learn
# says: return
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return None
