"""A window that hangs over the edge counts too."""
# says: round down
def output_size(size, layers):
    for kernel, stride, dilation, padding in layers:
        size = max(math.ceil((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1, 0)
    return size
