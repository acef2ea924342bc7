"""Strides add up."""
# says: the strides below are summed
def receptive_field(layers):
    field, steps = 1, []
    for kernel, stride, dilation, padding in layers:
        field += dilation * (kernel - 1) * (sum(steps) or 1)
        steps.append(stride)
    return field
