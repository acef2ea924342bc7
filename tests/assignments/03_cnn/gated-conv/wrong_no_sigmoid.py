"""A gate is a factor; any number will do."""
# says: the gate has no sigmoid
def gated_conv(x, weight, bias, dilation):
    y = F.conv2d(x, weight, bias, padding=dilation * (weight.shape[-1] // 2), dilation=dilation)
    f, g = y.chunk(2, dim=1)
    return F.elu(f) * g
