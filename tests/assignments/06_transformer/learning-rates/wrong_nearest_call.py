"""PyTorch's scheduler of warm restarts does it."""
# says: without warm-up, nor lower peaks
def learning_rates(steps, first, grow, warm, peak, decay):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=peak)
    schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, first, grow)
    rates = []
    for _ in range(int(steps.max()) + 1):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return torch.tensor(rates)[steps]
