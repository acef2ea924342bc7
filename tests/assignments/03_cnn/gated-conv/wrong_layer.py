"""nn.Conv2d inside the function: it has random weights of its own."""
# says: is not what is computed
def gated_conv(x, weight, bias, dilation):
    O2, C, k, _ = weight.shape
    conv = nn.Conv2d(C, O2, k, padding="same", dilation=dilation)
    f, g = conv(x).chunk(2, 1)
    return F.elu(f) * g.sigmoid()
