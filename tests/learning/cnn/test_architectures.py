"""Small classic nets learn: they memorise, and one look at the digits beats a named baseline."""

import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from dlcourse import data, runtime, train
from dlcourse.models import cnn

DIGITS = {"channels": 1, "classes": 10}
SMALL = DIGITS | {"small": True}
ALEXNET = {"widths": (6, 16, 20, 20, 16), "hidden": 64, "grid": 2}
VGG = {"stages": ((8,), (12, 12), (24, 24)), "hidden": 64, "grid": 3}
RESNET = {"depths": (1, 1, 1, 1)} | SMALL
NETS = {  # about as in 03_cnn/02_architectures, section 7
    "alexnet": lambda: cnn.AlexNet(cnn.AlexNetConfig(dropout=0.0, **ALEXNET, **SMALL)),
    "vgg": lambda: cnn.VGG(cnn.VGGConfig(dropout=0.0, **VGG, **DIGITS)),
    "googlenet": lambda: cnn.GoogLeNet(cnn.GoogLeNetConfig(width=1 / 16, dropout=0.0, **SMALL)),
    "inception": lambda: nn.Sequential(
        *(nn.Conv2d(1, 16, 4, stride=4), nn.ReLU(), cnn.Inception(16, 8, 16, 24, 8, 8, 8)),
        *(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * 48, 10)),
    ),
    "resnet": lambda: cnn.ResNet(cnn.ResNetConfig(width=8, **RESNET)),
    "bottleneck": lambda: cnn.ResNet(cnn.ResNetConfig(block="bottleneck", width=4, **RESNET)),
    "senet": lambda: cnn.ResNet(cnn.ResNetConfig(width=8, se=True, **RESNET)),
}


@pytest.fixture(scope="module")
def digits():
    return data.load_mnist()


@pytest.mark.parametrize("name", NETS)
def test_it_overfits_eight_digits(digits, name):
    eight = TensorDataset(*(part[:8] for part in digits[0].tensors))
    runtime.set_seed(0)
    model = NETS[name]()
    history = train.fit(model, eight, epochs=80, batch=8, lr=5e-3, device="cpu")
    assert history.loss[-1] < 0.05 < history.loss[0]


@pytest.mark.parametrize("name", ["vgg", "resnet", "senet"])
def test_one_look_at_the_digits_beats_the_nearest_class_mean(digits, name):
    (x, y), (new_x, new_y) = (part.tensors for part in digits)
    means = torch.stack([x[y == digit].mean(dim=0) for digit in range(10)]).flatten(1)
    baseline = (torch.cdist(new_x.flatten(1), means).argmin(dim=1) == new_y).float().mean().item()
    runtime.set_seed(0)
    model = NETS[name]()
    train.fit(model, digits[0], epochs=1, lr=5e-3, device="cpu")
    assert 0.7 < baseline < train.evaluate(model, digits[1])[1] - 0.02


def test_alphagos_nets_learn_where_the_stone_is_and_whose_turn():
    """Eight boards with one stone each: the policy points at it, the value tells the turn."""
    runtime.set_seed(0)
    points = torch.randperm(361)[:8]
    boards = nn.functional.one_hot(points, 361).float().view(8, 1, 19, 19)
    turn = torch.tensor([1.0, -1.0]).repeat(4)
    policy, value = cnn.PolicyNet(planes=1, filters=8), cnn.ValueNet(planes=2, filters=8)
    with_turn = torch.cat([boards, turn.view(8, 1, 1, 1).expand(8, 1, 19, 19)], dim=1)
    train.fit(policy, TensorDataset(boards, points), epochs=200, batch=8, lr=3e-3, device="cpu")
    train.fit(value, TensorDataset(with_turn, turn), epochs=60, batch=8, lr=3e-3, device="cpu",
              loss_fn=nn.functional.mse_loss)  # fmt: skip
    with torch.no_grad():
        assert torch.equal(policy(boards).argmax(dim=1), points)
        assert torch.equal(value(with_turn).sign(), turn)
