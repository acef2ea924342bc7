"""Alpha is the price of a miss."""
# says: changed places
def tversky_loss(logits, target, alpha, beta, smooth):
    p = logits.sigmoid()
    TP = (p * target).flatten(1).sum(1)
    FP = (p * (1 - target)).flatten(1).sum(1)
    FN = ((1 - p) * target).flatten(1).sum(1)
    return (1 - (TP + smooth) / (TP + beta * FP + alpha * FN + smooth)).mean()
