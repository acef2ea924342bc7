"""The band is cut out of ones with tril and triu, the first row and column are written into it."""
def longformer_mask(real, w):
    S = real.shape[1]
    band = torch.ones(S, S).tril(w).triu(-w)
    band[0] = 1
    band[:, 0] = 1
    pairs = torch.einsum("bt,bs->bts", real.float(), real.float())
    return pairs * band > 0
