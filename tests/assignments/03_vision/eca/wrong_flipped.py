"""A convolution turns its filter round."""
# says: turned round
def eca(x, weight):
    z = F.conv1d(x.mean((2, 3))[:, None], weight.flip(0)[None, None], padding=len(weight) // 2)
    return x * z[:, 0, :, None, None].sigmoid()
