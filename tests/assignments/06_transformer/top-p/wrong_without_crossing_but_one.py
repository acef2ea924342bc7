"""The sum must stay below p, but for the first word."""
# says: belongs to the set
def top_p(logits, p):
    P, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    before = P.cumsum(dim=-1) - P
    P = P * ((before + P < p) | (before == 0))
    return torch.zeros_like(P).scatter(1, order, P / P.sum(dim=-1, keepdim=True))
