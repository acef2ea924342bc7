"""A layer's stride widens its own field."""
# says: a layer's own stride widens the layers above it
def receptive_field(layers):
    field, step = 1, 1
    for kernel, stride, dilation, padding in layers:
        step *= stride
        field += dilation * (kernel - 1) * step
    return field
