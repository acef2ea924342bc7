"""Convolution in a net turns the kernel by 180 degrees, as in signal processing."""
# says: the kernel is turned or moved
def partial_conv(x, mask, weight, bias):
    k = weight.shape[-1]
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    known = (count > 0).float()
    out = F.conv2d(x * mask, weight.flip(2, 3)) * k * k / count.clamp(min=1) + bias[:, None, None]
    return out * known, known
