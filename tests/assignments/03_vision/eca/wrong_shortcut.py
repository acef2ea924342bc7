"""A block has a shortcut."""
# says: no shortcut
def eca(x, weight):
    z = F.conv1d(x.mean((2, 3))[:, None], weight[None, None], padding=len(weight) // 2)
    return x + x * z[:, 0, :, None, None].sigmoid()
