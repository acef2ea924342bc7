"""Changes its arguments into the answer it gives."""


# earns: cosine standardise learn
# says: changed
def shrink(x, t):
    return x.zero_()
