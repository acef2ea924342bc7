"""Only the stride of the layer just below counts."""
# says: only the stride just below counts
def receptive_field(layers):
    field, step = 1, 1
    for kernel, stride, dilation, padding in layers:
        field += dilation * (kernel - 1) * step
        step = stride
    return field
