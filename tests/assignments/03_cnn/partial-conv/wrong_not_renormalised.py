"""Setting the hole to zero is enough."""
# says: not scaled up
def partial_conv(x, mask, weight, bias):
    new_mask = F.max_pool2d(mask, weight.shape[-1], stride=1)
    return F.conv2d(x * mask, weight, bias) * new_mask, new_mask
