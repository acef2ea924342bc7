"""The cosine is at its end one step too early."""
# says: half a cosine down
def learning_rates(steps, first, grow, warm, peak, decay):
    rates = []
    for u in steps.tolist():
        length, top = first, peak
        while u >= length:
            u, length, top = u - length, length * grow, top * decay
        fall = (u - warm) / max(length - warm - 1, 1)
        rates.append(top * (u + 1) / warm if u < warm else top / 2 * (1 + math.cos(math.pi * fall)))
    return torch.tensor(rates)
