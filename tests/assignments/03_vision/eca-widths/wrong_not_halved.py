"""The logarithm is not halved."""
# says: half of log
def width(C):
    k = int(math.log2(C) + 0.5)
    return k if k % 2 else k + 1


def eca_widths(channels):
    return [width(C) for C in channels]
