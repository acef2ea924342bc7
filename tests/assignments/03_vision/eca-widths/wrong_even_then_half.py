"""Rounds half of log C, and then adds 1 to whatever comes."""
# says: the fraction cut off
def width(C):
    return int(math.log2(C) / 2 + 0.5) + 1


def eca_widths(channels):
    return [width(C) for C in channels]
