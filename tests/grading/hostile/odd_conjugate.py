"""Returns a right answer that is a view of a conjugate."""


# earns: all
def shrink(x, t):
    y = x.sign() * (x.abs() - t).clamp(min=0)
    return torch.complex(y, y).conj().real
