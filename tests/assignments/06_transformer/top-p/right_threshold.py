"""The smallest kept probability of each row is a bar for all of it."""
def top_p(logits, p):
    P = torch.softmax(logits, dim=1)
    down = P.sort(dim=1, descending=True).values
    count = (down.cumsum(dim=1) < p).sum(dim=1, keepdim=True).clamp(max=P.shape[1] - 1)
    bar = down.gather(1, count)
    return logits.masked_fill(P < bar, -torch.inf).softmax(dim=1)
