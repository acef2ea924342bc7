"""The scale goes over the whole result of the convolution, the bias with it."""
# says: the bias is scaled too
def partial_conv(x, mask, weight, bias):
    k = weight.shape[-1]
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    known = (count > 0).float()
    out = F.conv2d(x * mask, weight, bias) * k * k / count.clamp(min=1)
    return out * known, known
