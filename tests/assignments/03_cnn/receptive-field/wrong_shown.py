"""What is printed is returned."""
# says: or what it returns is None
def receptive_field(layers):
    field, step = 1, 1
    for kernel, stride, dilation, padding in layers:
        field += dilation * (kernel - 1) * step
        step *= stride
    return print(field)
