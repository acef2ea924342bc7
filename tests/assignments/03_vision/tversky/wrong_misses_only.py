"""What is missed is all that counts below."""
# says: is not what is computed
def tversky_loss(logits, target, alpha, beta, smooth):
    p = logits.sigmoid()
    found, missed = (t.sum((1, 2, 3)) for t in (p * target, (1 - p) * target))
    return (1 - (found + smooth) / (beta * missed + smooth)).mean()
