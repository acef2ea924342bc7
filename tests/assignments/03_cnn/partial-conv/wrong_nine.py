"""Kernels are 3 x 3."""
# says: k² is 9 here
def partial_conv(x, mask, weight, bias):
    k = weight.shape[-1]
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    known = (count > 0).float()
    out = F.conv2d(x * mask, weight) * 9 / count.clamp(min=1) + bias[:, None, None]
    return out * known, known
