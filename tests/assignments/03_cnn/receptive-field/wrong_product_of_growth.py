"""Each layer multiplies the field by what it adds."""
# says: product of the strides below
def receptive_field(layers):
    field = 1
    for kernel, stride, dilation, padding in layers:
        field *= dilation * (kernel - 1)
    return field
