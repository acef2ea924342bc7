"""Every filter gets a mask of its own."""
# says: a mask has one channel, whatever the number of filters
def partial_conv(x, mask, weight, bias):
    O, _, k, _ = weight.shape
    count = F.conv2d(mask, torch.ones(O, 1, k, k))
    known = (count > 0).float()
    out = F.conv2d(x * mask, weight) * k * k / count.clamp(min=1) + bias[:, None, None]
    return out * known, known
