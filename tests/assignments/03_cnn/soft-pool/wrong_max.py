"""Soft pooling is max pooling."""
# says: this is max pooling
def soft_pool(x, kernel_size, stride):
    return F.max_pool2d(x, kernel_size, stride)
