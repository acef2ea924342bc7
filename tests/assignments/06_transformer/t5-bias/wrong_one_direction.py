"""All buckets are for the size of the distance, as in T5's decoder."""
# says: all buckets go to both directions
def t5_bias(table, T, most):
    half, e = len(table), len(table) // 2
    t = torch.arange(T)
    d = t - t[:, None]
    share = (d.abs().clamp(min=e) / e).log() / math.log(most / e)
    far = (e + (share * (half - e)).long()).clamp(max=half - 1)
    bucket = torch.where(d.abs() < e, d.abs(), far)
    return table[bucket].permute(2, 0, 1)
