"""Padding widens what a layer sees."""
# says: padding is counted
def receptive_field(layers):
    field, step = 1, 1
    for kernel, stride, dilation, padding in layers:
        field += (dilation * (kernel - 1) + 2 * padding) * step
        step *= stride
    return field
