"""Counts how often C can be halved twice."""
def width(C):
    n = 0
    while C >= 2 ** (2 * n + 1):
        n += 1
    return n | 1


def eca_widths(channels):
    return [width(C) for C in channels]
