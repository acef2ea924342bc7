"""A net without layers sees nothing."""
# says: the field starts at 1 pixel
def receptive_field(layers):
    field, step = 0, 1
    for kernel, stride, dilation, padding in layers:
        field += dilation * (kernel - 1) * step
        step *= stride
    return field
