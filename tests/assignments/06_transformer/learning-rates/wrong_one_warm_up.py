"""Only the first cycle is warmed up."""
# says: only the first cycle has a warm-up
def learning_rates(steps, first, grow, warm, peak, decay):
    rates = []
    for u in steps.tolist():
        length, top, W = first, peak, warm
        while u >= length:
            u, length, top = u - length, length * grow, top * decay
            W = 0
        fall = (u - W) / (length - W)
        rates.append(top * (u + 1) / W if u < W else top / 2 * (1 + math.cos(math.pi * fall)))
    return torch.tensor(rates)
