"""The formula holds for kernels wider than the input too."""
# says: a kernel wider than its input has no output
def output_size(size, layers):
    for kernel, stride, dilation, padding in layers:
        size = (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    return size
