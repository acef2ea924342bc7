"""The bias alone keeps the future away."""
# says: the future is not hidden
def alibi(q, k, v):
    B, h, T, K = q.shape
    slopes = 2.0 ** (-8 * torch.arange(1, h + 1) / h)
    t = torch.arange(T)
    distance = t[:, None] - t
    bias = -slopes[:, None, None] * distance
    scores = q @ k.transpose(-2, -1) / math.sqrt(K) + bias
    return scores.softmax(dim=-1) @ v
