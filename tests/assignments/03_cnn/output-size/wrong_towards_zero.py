"""`int` rounds down."""
# says: round down, below zero too
def output_size(size, layers):
    for kernel, stride, dilation, padding in layers:
        if size > 0:
            size = max(0, int((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1)
    return size
