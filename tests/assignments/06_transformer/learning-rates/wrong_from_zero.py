"""The warm-up begins at a rate of 0."""
# says: its first step has 1/W
def learning_rates(steps, first, grow, warm, peak, decay):
    rates = []
    for u in steps.tolist():
        length, top = first, peak
        while u >= length:
            u, length, top = u - length, length * grow, top * decay
        fall = (u - warm) / (length - warm)
        rates.append(top * u / warm if u < warm else top / 2 * (1 + math.cos(math.pi * fall)))
    return torch.tensor(rates)
