"""Windows stand side by side; the stride is the window's size."""
# says: windows along each axis
def soft_pool(x, kernel_size, stride):
    windows = x.unfold(2, kernel_size, kernel_size).unfold(3, kernel_size, kernel_size).flatten(4)
    return (windows.softmax(-1) * windows).sum(-1)
