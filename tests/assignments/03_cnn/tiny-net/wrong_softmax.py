"""A classifier ends in probabilities, whatever the loss."""
# says: a softmax at the end of the net
def build():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 12, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(192, 10), nn.Softmax(dim=1),
    )
