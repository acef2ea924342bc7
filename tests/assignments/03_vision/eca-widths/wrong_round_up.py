"""The fraction is rounded up."""
# says: the fraction is cut off
def width(C):
    k = math.ceil(math.log2(C) / 2 + 0.5)
    return k if k % 2 else k + 1


def eca_widths(channels):
    return [width(C) for C in channels]
