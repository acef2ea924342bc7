"""False alarms as all alarms less the true ones."""
def tversky_loss(logits, target, alpha, beta, smooth):
    p, y = torch.sigmoid(logits).flatten(1), target.flatten(1)
    both, alarms, there = (p * y).sum(1), p.sum(1), y.sum(1)
    down = both + alpha * (alarms - both) + beta * (there - both) + smooth
    return ((down - both - smooth) / down).mean()
