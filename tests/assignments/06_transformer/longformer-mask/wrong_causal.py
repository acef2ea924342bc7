"""A token sees the past only."""
# says: the future is hidden
def longformer_mask(real, w):
    t = torch.arange(real.shape[1])
    allowed = ((t[:, None] - t).abs() <= w) | (t == 0)[:, None] | (t == 0)
    return allowed & (t[:, None] >= t) & real[:, :, None] & real[:, None, :]
