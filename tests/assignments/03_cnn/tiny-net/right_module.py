"""A module of its own with batch norm."""
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(1, width, 5, stride=2, padding=2)
        self.norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.last = nn.Linear(2 * width * 9, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.first(x))), 2)  # (B, width, 7, 7)
        x = F.max_pool2d(F.relu(self.second(x)), 2)  # (B, 2·width, 3, 3)
        return self.last(x.flatten(1))


def build():
    return Net(10)
