"""One linear layer is the smallest net there is."""
# says: make layers narrower
def build():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
