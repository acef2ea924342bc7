"""The window has C·k² values, so the scale is C·k²/n, although the mask has one channel."""
# says: the number of channels is in the scale
def partial_conv(x, mask, weight, bias):
    count = F.conv2d(mask, torch.ones(1, 1, *weight.shape[2:]))
    known = (count > 0).float()
    out = F.conv2d(x * mask, weight) * weight[0].numel() / count.clamp(min=1) + bias[:, None, None]
    return out * known, known
