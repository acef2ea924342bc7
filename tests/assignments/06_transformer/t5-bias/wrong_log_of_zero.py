"""The logarithm of a distance of 0 is left out of account."""
# says: IndexError
def t5_bias(table, T, most):
    half, e = len(table) // 2, len(table) // 4
    t = torch.arange(T)
    d = t - t[:, None]
    share = (d.abs() / e).log() / math.log(most / e)
    far = (e + (share * (half - e)).long()).clamp(max=half - 1)
    bucket = torch.minimum(d.abs(), far) + half * (d > 0)
    return table[bucket].permute(2, 0, 1)
