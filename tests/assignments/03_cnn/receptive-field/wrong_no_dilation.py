"""A dilated kernel has no more weights, so it sees no more."""
# says: the dilation is left out
def receptive_field(layers):
    field, step = 1, 1
    for kernel, stride, dilation, padding in layers:
        field += (kernel - 1) * step
        step *= stride
    return field
