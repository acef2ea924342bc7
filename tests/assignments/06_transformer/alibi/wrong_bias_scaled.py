"""The root divides everything, the bias too."""
# says: as well; it is added afterwards
def alibi(q, k, v):
    B, h, T, K = q.shape
    slopes = 2.0 ** (-8 * torch.arange(1, h + 1) / h)
    t = torch.arange(T)
    distance = t[:, None] - t
    bias = -slopes[:, None, None] * distance
    scores = (q @ k.transpose(-2, -1) + bias) / math.sqrt(K)
    return scores.masked_fill(distance < 0, -torch.inf).softmax(dim=-1) @ v
