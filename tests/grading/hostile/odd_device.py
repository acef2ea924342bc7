"""Returns a tensor on the meta device."""


# earns: cosine standardise learn
# says: meta
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return y.to("meta")
