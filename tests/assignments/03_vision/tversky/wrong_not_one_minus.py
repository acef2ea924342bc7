"""The larger the overlap, the larger the loss."""
# says: the loss is 1 − T
def tversky_loss(logits, target, alpha, beta, smooth):
    p = logits.sigmoid()
    TP = (p * target).flatten(1).sum(1)
    FP = (p * (1 - target)).flatten(1).sum(1)
    FN = ((1 - p) * target).flatten(1).sum(1)
    return ((TP + smooth) / (TP + alpha * FP + beta * FN + smooth)).mean()
