"""The filters have three axes: channels, height, width."""
# says: too many values to unpack
def partial_conv(x, mask, weight, bias):
    C, k, _ = weight.shape
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    known = (count > 0).float()
    out = F.conv2d(x * mask, weight) * k * k / count.clamp(min=1) + bias[:, None, None]
    return out * known, known
