"""The distance is t − s."""
# says: past and future have changed places
def t5_bias(table, T, most):
    half, e = len(table) // 2, len(table) // 4
    t = torch.arange(T)
    d = t[:, None] - t
    share = (d.abs().clamp(min=e) / e).log() / math.log(most / e)
    far = (e + (share * (half - e)).long()).clamp(max=half - 1)
    bucket = torch.where(d.abs() < e, d.abs(), far) + half * (d > 0)
    return table[bucket].permute(2, 0, 1)
