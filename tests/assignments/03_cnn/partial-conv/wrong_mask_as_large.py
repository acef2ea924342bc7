"""The mask goes on as it came."""
# says: is as large as out
def partial_conv(x, mask, weight, bias):
    k = weight.shape[-1]
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    known = (count > 0).float()
    out = F.conv2d(x * mask, weight) * k * k / count.clamp(min=1) + bias[:, None, None]
    return out * known, mask
