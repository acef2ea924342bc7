"""All pictures are one big picture."""
# says: the sums run over the whole batch
def tversky_loss(logits, target, alpha, beta, smooth):
    p = logits.sigmoid()
    TP = (p * target).sum()
    FP = (p * (1 - target)).sum()
    FN = ((1 - p) * target).sum()
    return (1 - (TP + smooth) / (TP + alpha * FP + beta * FN + smooth)).mean()
