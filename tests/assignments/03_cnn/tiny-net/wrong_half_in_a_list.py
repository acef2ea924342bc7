"""Convolutions in a plain list are trained as well as the layer beside the list."""
# says: some layers are not registered
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolutions = [nn.Conv2d(1, 6, 5), nn.Conv2d(6, 12, 5)]
        self.last = nn.Linear(192, 10)

    def forward(self, x):
        for convolution in self.convolutions:
            x = F.max_pool2d(F.relu(convolution(x)), 2)
        return self.last(x.flatten(1))


def build():
    return Net()
