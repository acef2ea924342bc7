"""The smooth maximum is log Σ exp."""
# says: this is log(sum of exp)
def soft_pool(x, kernel_size, stride):
    return x.unfold(2, kernel_size, stride).unfold(3, kernel_size, stride).logsumexp(dim=(-2, -1))
