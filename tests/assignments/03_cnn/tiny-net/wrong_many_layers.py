"""Many thin layers cost little."""
# says: make layers narrower, or leave some out
def build():
    middle = [layer for _ in range(9) for layer in (nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())]
    return nn.Sequential(nn.Conv2d(1, 8, 5, stride=4), *middle, nn.Flatten(), nn.Linear(288, 10))
