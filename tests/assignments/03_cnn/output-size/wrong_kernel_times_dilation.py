"""A dilated kernel spans kernel · dilation pixels."""
# says: not kernel · dilation
def output_size(size, layers):
    for kernel, stride, dilation, padding in layers:
        size = max((size + 2 * padding - dilation * kernel) // stride + 1, 0)
    return size
