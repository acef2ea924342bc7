"""Layers in a plain list are part of the module."""
# says: a plain list hides them
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(), nn.Linear(288, 10)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def build():
    return Net()
