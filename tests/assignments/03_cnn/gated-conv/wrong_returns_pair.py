"""Features and gates are returned; the caller may multiply them."""
# says: a tuple of 2
def gated_conv(x, weight, bias, dilation):
    f, g = F.conv2d(x, weight, bias, padding="same", dilation=dilation).chunk(2, 1)
    return F.elu(f), g.sigmoid()
