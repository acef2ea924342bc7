"""Binary cross-entropy with weights."""
# says: is not what is computed
def tversky_loss(logits, target, alpha, beta, smooth):
    return F.binary_cross_entropy_with_logits(logits, target, alpha + (beta - alpha) * target)
