"""Does not parse."""
# earns: cosine standardise learn
# says: shrink
def shrink(x, t)
    return ((
