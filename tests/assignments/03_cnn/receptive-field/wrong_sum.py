"""Each layer adds its kernel."""
# says: the kernels are summed
def receptive_field(layers):
    field, step = 0, 1
    for kernel, stride, dilation, padding in layers:
        field += (dilation * (kernel - 1) + 1) * step
        step *= stride
    return field
