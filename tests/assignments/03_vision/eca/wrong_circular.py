"""The last channel is the first one's neighbour."""
# says: joined in a circle
def eca(x, weight):
    p = len(weight) // 2
    z = F.pad(x.mean((2, 3))[:, None], (p, p), mode="circular") if p else x.mean((2, 3))[:, None]
    return x * F.conv1d(z, weight[None, None])[:, 0, :, None, None].sigmoid()
