"""LeNet, the first convolutional net that went to work: it read the digits on bank cheques."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LeNet(nn.Module):
    """Classify 28x28 grey images into ten digits: two convolutions and three linear layers.

    61,706 parameters. Input (B, 1, 28, 28) in [0, 1]; output (B, 10), the logits. LeCun, Bottou,
    Bengio and Haffner 1998, figure 2, with what has become usual since: ReLU for the scaled tanh,
    max pooling for trained subsampling, every map of c3 connected, a linear layer for the RBF
    output.

    Shown in: 03_cnn/01_convolution.
    """

    def __init__(self) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, kernel_size=5, padding=2)
        self.c3 = nn.Conv2d(6, 16, kernel_size=5)
        self.c5 = nn.Linear(16 * 5 * 5, 120)
        self.f6 = nn.Linear(120, 84)
        self.output = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(torch.relu(self.c1(x)), 2)  # (B, 6, 14, 14)
        x = F.max_pool2d(torch.relu(self.c3(x)), 2)  # (B, 16, 5, 5)
        x = torch.relu(self.c5(x.flatten(1)))  # (B, 120)
        x = torch.relu(self.f6(x))  # (B, 84)
        return self.output(x)  # (B, 10)
