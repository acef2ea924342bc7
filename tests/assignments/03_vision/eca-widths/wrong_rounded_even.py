"""Widths are rounded up; even ones do as well."""
# says: and 1 more if that is even
def eca_widths(channels):
    return [math.ceil(math.log2(C) / 2 + 0.5) for C in channels]
