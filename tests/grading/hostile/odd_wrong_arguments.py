"""Takes other arguments."""


# earns: cosine standardise learn
# says: TypeError
def shrink():
    return 0
