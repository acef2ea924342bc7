"""Clearing the hole in x itself saves memory."""
# says: x was changed by the function
def partial_conv(x, mask, weight, bias):
    x *= mask
    k = weight.shape[-1]
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    known = (count > 0).float()
    out = F.conv2d(x, weight) * k * k / count.clamp(min=1) + bias[:, None, None]
    return out * known, known
