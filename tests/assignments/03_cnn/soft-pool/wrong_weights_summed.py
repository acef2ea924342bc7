"""The weights themselves are pooled."""
# says: multiply the weights with the values
def soft_pool(x, kernel_size, stride):
    windows = x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).flatten(4)
    return windows.softmax(-1).sum(-1)
