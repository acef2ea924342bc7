"""A bias of shape (O,) can be added to (B, O, H, W) as it is."""
# says: line 4 of its cell: out = F.conv2d
def partial_conv(x, mask, weight, bias):
    k = weight.shape[-1]
    count = F.conv2d(mask, torch.ones(1, 1, k, k))
    out = F.conv2d(x * mask, weight) * k * k / count.clamp(min=1) + bias
    return out * (count > 0), (count > 0).float()
