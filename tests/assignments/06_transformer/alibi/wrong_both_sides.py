"""The distance to the future counts as well, and it is not hidden."""
# says: only far away
def alibi(q, k, v):
    B, h, T, K = q.shape
    slopes = 2.0 ** (-8 * torch.arange(1, h + 1) / h)
    t = torch.arange(T)
    distance = (t[:, None] - t).abs()
    bias = -slopes[:, None, None] * distance
    scores = q @ k.transpose(-2, -1) / math.sqrt(K) + bias
    return scores.softmax(dim=-1) @ v
