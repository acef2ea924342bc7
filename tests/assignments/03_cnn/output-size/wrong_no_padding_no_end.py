"""A window begins at each pixel."""
# says: gives another number
def output_size(size, layers):
    for kernel, stride, dilation, padding in layers:
        size = (size + 2 * padding - 1) // stride + 1
    return size
