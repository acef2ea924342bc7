"""The first token sees all, and is seen from near only."""
# says: from afar
def longformer_mask(real, w):
    t = torch.arange(real.shape[1])
    allowed = ((t[:, None] - t).abs() <= w) | (t == 0)[:, None]
    return allowed & real[:, :, None] & real[:, None, :]
