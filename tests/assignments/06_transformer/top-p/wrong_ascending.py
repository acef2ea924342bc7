"""The sort is ascending, as by default."""
# says: least probable are summed first
def top_p(logits, p):
    P, order = logits.softmax(dim=-1).sort(dim=-1)
    before = P.cumsum(dim=-1) - P
    P = P * (before < p)
    return torch.zeros_like(P).scatter(1, order, P / P.sum(dim=-1, keepdim=True))
