"""The layers are made once; every call only stacks them anew."""
# says: two nets that share layers
layers = [nn.Conv2d(1, 6, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(6, 12, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(192, 10)]


def build():
    return nn.Sequential(*layers)
