"""The kept probabilities stay as they are."""
# says: not divided by their sum
def top_p(logits, p):
    P, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    before = P.cumsum(dim=-1) - P
    P = P * (before < p)
    return torch.zeros_like(P).scatter(1, order, P)
