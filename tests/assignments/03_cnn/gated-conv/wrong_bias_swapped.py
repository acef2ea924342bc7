"""The bias of the gates comes first."""
# says: the halves of the bias have changed places
def gated_conv(x, weight, bias, dilation):
    f, g = F.conv2d(x, weight, bias.roll(len(bias) // 2), padding="same", dilation=dilation).chunk(2, 1)
    return F.elu(f) * g.sigmoid()
