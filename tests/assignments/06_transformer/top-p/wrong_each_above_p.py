"""A word is kept if its own probability is above p."""
# says: no token is left
def top_p(logits, p):
    P, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    before = P.cumsum(dim=-1) - P
    P = P * (P > p)
    return torch.zeros_like(P).scatter(1, order, P / P.sum(dim=-1, keepdim=True))
