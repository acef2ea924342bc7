"""Renormalising means taking the mean over the known pixels."""
# says: but not multiplied by k²
def partial_conv(x, mask, weight, bias):
    k = weight.shape[-1]
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    known = (count > 0).float()
    out = F.conv2d(x * mask, weight) / count.clamp(min=1) + bias[:, None, None]
    return out * known, known
