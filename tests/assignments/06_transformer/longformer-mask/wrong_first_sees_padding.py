"""The first token is let through after padding was hidden."""
# says: the first token looks at padding
def longformer_mask(real, w):
    t = torch.arange(real.shape[1])
    near = ((t[:, None] - t).abs() <= w) & real[:, :, None] & real[:, None, :]
    return near | (t == 0)[:, None] | (t == 0)
