"""Gates share one unit of attention among the channels."""
# says: channels compete
def gated_conv(x, weight, bias, dilation):
    y = F.conv2d(x, weight, bias, padding=dilation * (weight.shape[-1] // 2), dilation=dilation)
    f, g = y.chunk(2, dim=1)
    return F.elu(f) * g.softmax(dim=1)
