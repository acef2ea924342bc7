"""A convolution keeps the size."""
# says: there is no padding
def partial_conv(x, mask, weight, bias):
    k = weight.shape[-1]
    count = F.conv2d(mask, torch.ones(1, 1, k, k), padding=k // 2)
    known = (count > 0).float()
    out = F.conv2d(x * mask, weight, padding=k // 2) * k * k / count.clamp(min=1) + bias[:, None, None]
    return out * known, known
