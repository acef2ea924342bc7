"""F.dropout knows by itself when training is over."""
# says: or chance plays a part
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 8, 5, stride=2), nn.Conv2d(8, 8, 3, stride=2)
        self.last = nn.Linear(200, 10)

    def forward(self, x):
        x = F.relu(self.second(F.relu(self.first(x)))).flatten(1)
        return self.last(F.dropout(x, 0.3))


def build():
    return Net()
