"""The class is returned, not a net made of it."""
# says: the class Net
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(196, 10)

    def forward(self, x):
        return self.last(F.avg_pool2d(x, 2).flatten(1))


def build():
    return Net
