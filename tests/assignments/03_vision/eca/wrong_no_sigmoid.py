"""The filter's output is the weight."""
# says: the sigmoid is missing
def eca(x, weight):
    z = F.conv1d(x.mean((2, 3))[:, None], weight[None, None], padding=len(weight) // 2)
    return x * z[:, 0, :, None, None]
