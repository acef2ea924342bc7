"""The activation comes last, over the gated features."""
# says: the ELU comes after the product
def gated_conv(x, weight, bias, dilation):
    y = F.conv2d(x, weight, bias, padding=dilation * (weight.shape[-1] // 2), dilation=dilation)
    return F.elu(F.glu(y, dim=1))
