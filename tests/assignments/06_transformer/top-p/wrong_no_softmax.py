"""The logits are summed up as they are."""
# says: 4/7 and 3/7
def top_p(logits, p):
    P, order = logits.sort(dim=-1, descending=True)
    before = P.cumsum(dim=-1) - P
    P = P * (before < p)
    return torch.zeros_like(P).scatter(1, order, P / P.sum(dim=-1, keepdim=True))
