"""Token by token."""
def longformer_mask(real, w):
    B, S = real.shape
    mask = torch.zeros(B, S, S, dtype=torch.bool)
    for b in range(B):
        for t in range(S):
            for s in range(S):
                if real[b, t] and real[b, s]:
                    mask[b, t, s] = t == 0 or s == 0 or t - w <= s <= t + w
    return mask
