"""log is the natural logarithm."""
# says: natural logarithm
def width(C):
    k = int(math.log(C) / 2 + 0.5)
    return k if k % 2 else k + 1


def eca_widths(channels):
    return [width(C) for C in channels]
