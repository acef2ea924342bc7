"""A mask of 0.0 and 1.0 serves as well."""
# says: a torch.bool tensor
def longformer_mask(real, w):
    t = torch.arange(real.shape[1])
    allowed = ((t[:, None] - t).abs() <= w) | (t == 0)[:, None] | (t == 0)
    return (allowed & real[:, :, None] & real[:, None, :]).float()
