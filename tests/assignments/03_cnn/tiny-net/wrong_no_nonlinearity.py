"""Two convolutions in a row see more, without a non-linearity too."""
# says: does not learn enough
def build():
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, stride=2), nn.Conv2d(8, 12, 3, stride=2), nn.Flatten(), nn.Linear(300, 10)
    )
