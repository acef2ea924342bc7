"""Returns 400 MB."""


# earns: cosine standardise learn
def shrink(x, t):
    return torch.zeros(100_000_000)
