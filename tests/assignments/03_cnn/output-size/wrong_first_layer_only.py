"""return stands inside the loop."""
# says: layer after layer
def output_size(size, layers):
    for kernel, stride, dilation, padding in layers:
        size = max((size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1, 0)
        return size
    return size
