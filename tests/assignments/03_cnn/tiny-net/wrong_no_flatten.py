"""A linear layer takes pictures as they are."""
# says: build does not fit what it is given
def build():
    return nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(4), nn.Linear(216, 10))
