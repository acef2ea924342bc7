"""F.unfold puts the channels into the window, and softmax goes over all of them."""
# says: more than the k² pixels of one window
def soft_pool(x, kernel_size, stride):
    B, C, H, W = x.shape
    windows = F.unfold(x, kernel_size, stride=stride)
    weighted = (windows.softmax(1) * windows).view(B, C, kernel_size**2, -1).sum(2)
    return weighted.view(B, C, (H - kernel_size) // stride + 1, -1)
