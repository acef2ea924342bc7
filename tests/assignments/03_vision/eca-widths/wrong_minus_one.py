"""An even result is made odd by subtracting 1."""
# says: not the one below
def width(C):
    k = int(math.log2(C) / 2 + 0.5)
    return k if k % 2 else max(k - 1, 1)


def eca_widths(channels):
    return [width(C) for C in channels]
