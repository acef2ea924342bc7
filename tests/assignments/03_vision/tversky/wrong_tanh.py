"""tanh makes probabilities."""
# says: is not what is computed
def tversky_loss(logits, target, alpha, beta, smooth):
    p = logits.tanh()
    found, alarms, missed = (t.sum((1, 2, 3)) for t in (p * target, p * (1 - target), (1 - p) * target))
    return (1 - (found + smooth) / (found + alpha * alarms + beta * missed + smooth)).mean()
