"""Attention is a softmax."""
# says: compete in a softmax
def eca(x, weight):
    z = F.conv1d(x.mean((2, 3))[:, None], weight[None, None], padding=len(weight) // 2)
    return x * z[:, 0].softmax(1)[:, :, None, None]
