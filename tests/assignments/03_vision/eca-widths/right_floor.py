"""With floor and the remainder."""
def width(C):
    k = math.floor((math.log(C, 2) + 1) / 2 + 1e-9)
    return k + (k + 1) % 2


def eca_widths(channels):
    return [width(C) for C in channels]
