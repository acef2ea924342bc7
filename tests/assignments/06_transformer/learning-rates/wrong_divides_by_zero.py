"""Without a warm-up 0 steps divide all the same."""
# says: ZeroDivisionError
def learning_rates(steps, first, grow, warm, peak, decay):
    rates = []
    for u in steps.tolist():
        length, top = first, peak
        while u >= length:
            u, length, top = u - length, length * grow, top * decay
        fall = (u - warm) / (length - warm)
        rise = top * (u + 1) / warm
        rates.append(rise if u < warm else top / 2 * (1 + math.cos(math.pi * fall)))
    return torch.tensor(rates)
