"""The answer is 5 × 5, so that is what is returned."""
# says: something else than the statement asks for
def receptive_field(layers):
    field, step = 1, 1
    for kernel, stride, dilation, padding in layers:
        field += dilation * (kernel - 1) * step
        step *= stride
    return f"{field} × {field}"
