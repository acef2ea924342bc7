"""Only the scale depends on the mask; what lies under the hole is summed all the same."""
# says: what lies under the hole takes part
def partial_conv(x, mask, weight, bias):
    k = weight.shape[-1]
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    out = F.conv2d(x, weight) * (k * k / count.clamp(min=1)) + bias.view(1, -1, 1, 1)
    return out * (count > 0), (count > 0).float()
