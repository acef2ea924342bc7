"""Never comes to an end while the cell is run."""

# earns: cosine standardise learn
while True:
    pass


def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
