"""Distances beyond the largest have rows of their own."""
# says: out of bounds
def t5_bias(table, T, most):
    half, e = len(table) // 2, len(table) // 4
    t = torch.arange(T)
    d = t - t[:, None]
    share = (d.abs().clamp(min=e) / e).log() / math.log(most / e)
    far = (e + (share * (half - e)).long())
    bucket = torch.where(d.abs() < e, d.abs(), far) + half * (d > 0)
    return table[bucket].permute(2, 0, 1)
