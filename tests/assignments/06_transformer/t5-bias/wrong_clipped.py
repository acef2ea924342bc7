"""Distances are cut off, as Shaw et al. (2018) do."""
# says: from N/4 on they go by the logarithm
def t5_bias(table, T, most):
    half, e = len(table) // 2, len(table) // 4
    t = torch.arange(T)
    d = t - t[:, None]
    bucket = d.abs().clamp(max=half - 1) + half * (d > 0)
    return table[bucket].permute(2, 0, 1)
