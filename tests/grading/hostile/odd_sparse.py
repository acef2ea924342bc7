"""Returns a sparse tensor."""


# earns: cosine standardise learn
# says: sparse
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return y.to_sparse()
