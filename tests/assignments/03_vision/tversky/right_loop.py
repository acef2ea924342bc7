"""Picture after picture."""
def tversky_loss(logits, target, alpha, beta, smooth):
    total = 0
    for z, y in zip(logits, target):
        p = 1 / (1 + torch.exp(-z))
        top = torch.sum(p * y) + smooth
        total = total + 1 - top / (top + alpha * torch.sum(p * (1 - y)) + beta * torch.sum((1 - p) * y))
    return total / len(logits)
