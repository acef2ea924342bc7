"""Soft pooling is average pooling."""
# says: this is average pooling
def soft_pool(x, kernel_size, stride):
    return F.avg_pool2d(x, kernel_size, stride)
