"""The pixel itself comes on top."""
# says: or 1 is added twice
def receptive_field(layers):
    field, step = 1, 1
    for kernel, stride, dilation, padding in layers:
        field += dilation * (kernel - 1) * step
        step *= stride
    return field + 1
