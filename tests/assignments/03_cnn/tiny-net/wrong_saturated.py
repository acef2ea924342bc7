"""A sigmoid after each layer keeps the numbers small."""
# says: at least with these weights
def build():
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 5, stride=2), nn.Sigmoid(), nn.Conv2d(8, 8, 3, stride=2), nn.Sigmoid()),
        *(nn.Conv2d(8, 8, 3), nn.Sigmoid(), nn.Conv2d(8, 16, 3), nn.Sigmoid()),
        *(nn.Flatten(), nn.Linear(16, 10)),
    )
