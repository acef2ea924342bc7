"""A gate between -1 and 1, as in a recurrent cell's candidate."""
# says: a tanh where the formula has a sigmoid
def gated_conv(x, weight, bias, dilation):
    y = F.conv2d(x, weight, bias, padding=dilation * (weight.shape[-1] // 2), dilation=dilation)
    f, g = y.chunk(2, dim=1)
    return F.elu(f) * g.tanh()
