"""Returns a right answer with strange strides."""


# earns: all
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return torch.stack([y, y], -1)[..., 0]
