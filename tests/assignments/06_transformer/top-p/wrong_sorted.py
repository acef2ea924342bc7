"""The result is in sorted order."""
# says: token i has its own place
def top_p(logits, p):
    P, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    before = P.cumsum(dim=-1) - P
    P = P * (before < p)
    return P / P.sum(dim=-1, keepdim=True)
