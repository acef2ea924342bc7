"""The net is counted first and trained later: the first nets are small, the later ones large."""
# says: a layer that is too wide
made = []


def build():
    made.append(1)
    width = 6 if len(made) <= 8 else 16
    return nn.Sequential(
        nn.Conv2d(1, width, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(width, 12, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(192, 10),
    )
