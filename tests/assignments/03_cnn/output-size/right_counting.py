"""Counts the places at which a window can start."""
def output_size(size, layers):
    for k, s, d, p in layers:
        if size:
            size = len(range(0, size + 2 * p - d * (k - 1), s))
    return size
