"""Returns a quantised tensor."""


# earns: cosine standardise learn
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return torch.quantize_per_tensor(y, 0.1, 0, torch.qint8)
