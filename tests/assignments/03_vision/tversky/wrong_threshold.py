"""Pixels are counted, so p is 0 or 1."""
# says: is not what is computed
def tversky_loss(logits, target, alpha, beta, smooth):
    p = (logits > 0).float()
    TP = (p * target).flatten(1).sum(1)
    FP = (p * (1 - target)).flatten(1).sum(1)
    FN = ((1 - p) * target).flatten(1).sum(1)
    return (1 - (TP + smooth) / (TP + alpha * FP + beta * FN + smooth)).mean()
