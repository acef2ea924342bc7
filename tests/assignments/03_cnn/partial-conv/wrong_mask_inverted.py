"""1 marks the hole."""
# says: the mask is read the wrong way round
def partial_conv(x, mask, weight, bias):
    mask = 1 - mask
    k = weight.shape[-1]
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    known = (count > 0).float()
    out = F.conv2d(x * mask, weight) * k * k / count.clamp(min=1) + bias[:, None, None]
    return out * known, known
