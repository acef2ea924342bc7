"""A dilated kernel spans kernel · dilation pixels."""
# says: not kernel · dilation
def receptive_field(layers):
    field, step = 1, 1
    for kernel, stride, dilation, padding in layers:
        field += (kernel * dilation - 1) * step
        step *= stride
    return field
