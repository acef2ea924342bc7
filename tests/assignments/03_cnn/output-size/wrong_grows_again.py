"""An empty result gets new pixels from the padding of the next layer."""
# says: empty stays empty
def output_size(size, layers):
    for kernel, stride, dilation, padding in layers:
        size = max((size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1, 0)
    return size
