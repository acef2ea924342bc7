"""The net is made, but not returned."""
# says: a NoneType
def build():
    net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(), nn.Linear(216, 10))
