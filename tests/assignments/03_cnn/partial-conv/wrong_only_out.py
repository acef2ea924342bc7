"""The mask is an input; only the picture is returned."""
# says: one of the two is missing
def partial_conv(x, mask, weight, bias):
    k = weight.shape[-1]
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    out = F.conv2d(x * mask, weight) * k * k / count.clamp(min=1) + bias[:, None, None]
    return out * (count > 0)
