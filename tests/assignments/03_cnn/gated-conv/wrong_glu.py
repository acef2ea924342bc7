"""A gated convolution is F.glu of a convolution."""
# says: this is F.glu
def gated_conv(x, weight, bias, dilation):
    padding = dilation * (weight.shape[-1] // 2)
    return F.glu(F.conv2d(x, weight, bias, padding=padding, dilation=dilation), dim=1)
