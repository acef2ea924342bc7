"""The bias is added to the weights."""
# says: belongs into the softmax
def alibi(q, k, v):
    B, h, T, K = q.shape
    slopes = 2.0 ** (-8 * torch.arange(1, h + 1) / h)
    t = torch.arange(T)
    distance = t[:, None] - t
    bias = -slopes[:, None, None] * distance
    scores = q @ k.transpose(-2, -1) / math.sqrt(K)
    weights = scores.masked_fill(distance < 0, -torch.inf).softmax(dim=-1)
    return (weights + bias.clamp(max=0)) @ v
