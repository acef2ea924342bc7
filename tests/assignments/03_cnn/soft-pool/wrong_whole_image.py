"""The softmax runs over the image, then windows are summed."""
# says: more than the k² pixels of one window
def soft_pool(x, kernel_size, stride):
    weights = x.flatten(1).softmax(1).view_as(x)
    return (weights * x).unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).sum((-2, -1))
