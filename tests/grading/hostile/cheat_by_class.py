"""Names a class in place of the function."""


# earns: cosine standardise learn
class shrink:
    def __new__(cls, x, t):
        return torch.zeros_like(x)
