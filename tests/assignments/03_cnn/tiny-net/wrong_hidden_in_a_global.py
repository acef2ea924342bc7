"""Only what `build` makes is counted, so the convolutions stand beside it."""
# says: stands outside the state_dict
convolutions = nn.Sequential(
    nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 24, 5), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten()
)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(96, 10)

    def parameters(self, recurse=True):
        return [*convolutions.parameters(), *self.last.parameters()]

    def forward(self, x):
        return self.last(convolutions(x))


def build():
    return Net()
