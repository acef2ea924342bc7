"""All steps at once: how many cycles began at or before each."""
def learning_rates(steps, first, grow, warm, peak, decay):
    starts = [0]
    while starts[-1] <= int(steps.max()):
        starts.append(starts[-1] + first * grow ** (len(starts) - 1))
    starts = torch.tensor(starts)
    cycle = (steps[:, None] >= starts).sum(dim=1) - 1
    u, length = steps - starts[cycle], starts[cycle + 1] - starts[cycle]
    rise = (u + 1) / max(warm, 1)
    fall = (1 + torch.cos(math.pi * (u - warm) / (length - warm))) / 2
    return peak * decay**cycle * torch.where(u < warm, rise, fall)
