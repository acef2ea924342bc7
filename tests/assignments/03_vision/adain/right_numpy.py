"""In NumPy, with its own variance."""
import numpy as np


def adain(content, style, eps):
    x, y = content.numpy(), style.numpy()
    axes = {"axis": (2, 3), "keepdims": True}
    scale = np.sqrt((y.var(**axes) + eps) / (x.var(**axes) + eps))
    return torch.from_numpy(scale * (x - x.mean(**axes)) + y.mean(**axes))
