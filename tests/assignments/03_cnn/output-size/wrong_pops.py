"""Working through a list means emptying it."""
# says: layers was changed by the function
def output_size(size, layers):
    while layers:
        kernel, stride, dilation, padding = layers.pop(0)
        room = size + 2 * padding - dilation * (kernel - 1) - 1
        size = room // stride + 1 if size and room >= 0 else 0
    return size
