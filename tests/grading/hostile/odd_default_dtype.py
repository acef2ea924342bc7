"""Changes torch's defaults for all parts, and so breaks the last one."""

# earns: shrink cosine standardise
torch.set_default_dtype(torch.float64)
torch.set_grad_enabled(False)


def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
