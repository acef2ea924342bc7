"""The formula as it stands, exp of the raw values, as in the code that is passed around."""
# says: subtract the largest value of each window before exp
def soft_pool(x, kernel_size, stride):
    e = x.exp()
    return F.avg_pool2d(x * e, kernel_size, stride) / F.avg_pool2d(e, kernel_size, stride)
