"""Sizes may be fractions until the end."""
# says: a window that does not fit is not counted
def output_size(size, layers):
    for kernel, stride, dilation, padding in layers:
        size = max((size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1, 0)
    return round(size)
