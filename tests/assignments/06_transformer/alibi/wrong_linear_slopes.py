"""The slopes run evenly from 1/h to 1."""
# says: fall evenly
def alibi(q, k, v):
    B, h, T, K = q.shape
    slopes = torch.arange(1, h + 1) / h
    t = torch.arange(T)
    distance = t[:, None] - t
    bias = -slopes[:, None, None] * distance
    scores = q @ k.transpose(-2, -1) / math.sqrt(K) + bias
    return scores.masked_fill(distance < 0, -torch.inf).softmax(dim=-1) @ v
