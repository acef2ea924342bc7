"""The last head has the largest slope."""
# says: in reverse
def alibi(q, k, v):
    B, h, T, K = q.shape
    slopes = 2.0 ** (-8 * torch.arange(1, h + 1) / h)
    t = torch.arange(T)
    distance = t[:, None] - t
    bias = -slopes.flip(0)[:, None, None] * distance
    scores = q @ k.transpose(-2, -1) / math.sqrt(K) + bias
    return scores.masked_fill(distance < 0, -torch.inf).softmax(dim=-1) @ v
