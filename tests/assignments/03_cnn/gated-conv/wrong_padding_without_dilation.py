"""Padding (k − 1)/2 keeps the size, whatever the dilation."""
# says: height and width stay with padding dilation
def gated_conv(x, weight, bias, dilation):
    f, g = F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2, dilation=dilation).chunk(2, 1)
    return F.elu(f) * g.sigmoid()
