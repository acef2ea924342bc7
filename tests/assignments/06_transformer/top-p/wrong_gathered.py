"""The order is undone by gather."""
# says: 4/7 and 3/7
def top_p(logits, p):
    P, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    before = P.cumsum(dim=-1) - P
    P = P * (before < p)
    return (P / P.sum(dim=-1, keepdim=True)).gather(1, order)
