"""Padding is added to the size once."""
# says: padding is added on both sides
def output_size(size, layers):
    for kernel, stride, dilation, padding in layers:
        size = max((size + padding - dilation * (kernel - 1) - 1) // stride + 1, 0)
    return size
