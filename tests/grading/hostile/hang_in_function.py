"""Never comes back from the function."""


# earns: cosine standardise learn
# says: no answer after
def shrink(x, t):
    while True:
        pass
