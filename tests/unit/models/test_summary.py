import pytest
import torch
from torch import nn

from dlcourse.models import cnn
from dlcourse.models.summary import Layer, ports, summarise


def test_rows_in_the_order_they_run():
    assert summarise(cnn.LeNet(), (1, 28, 28)) == [
        Layer("c1", "Conv2d", (6, 28, 28), 156, 117_600),
        Layer("c3", "Conv2d", (16, 10, 10), 2416, 240_000),
        Layer("c5", "Linear", (120,), 48120, 48000),
        Layer("f6", "Linear", (84,), 10164, 10080),
        Layer("output", "Linear", (10,), 850, 840),
    ]


def test_it_leaves_the_model_as_it_was():
    model = cnn.ResNet(cnn.ResNetConfig())
    model.layer1.eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    summarise(model, (3, 64, 64))
    assert model.training
    assert not model.layer1[0].bn1.training
    assert all(not module._forward_hooks for module in model.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(parameter.device.type == "cpu" for parameter in model.parameters())


def test_it_cleans_up_after_a_shape_that_does_not_fit():
    model = cnn.LeNet()
    with pytest.raises(RuntimeError):
        summarise(model, (3, 28, 28))
    assert model.training
    assert all(not module._forward_hooks for module in model.modules())


def test_a_module_that_runs_twice_has_two_rows_and_its_parameters_once():
    layer = nn.Linear(4, 4)
    rows = summarise(nn.Sequential(layer, layer), (4,))
    assert [(row.parameters, row.multiply_adds) for row in rows] == [(20, 16), (0, 16)]


def test_a_block_taken_whole_has_one_row_with_its_own_shape():
    net = cnn.ResNet(cnn.ResNetConfig(depths=(1, 1, 1, 1), width=8, se=True))
    rows = summarise(net, (3, 64, 64))
    whole = summarise(net, (3, 64, 64), whole=(cnn.BasicBlock,))
    assert [row.name for row in whole if row.kind == "BasicBlock"] == [
        f"layer{stage}.0" for stage in (1, 2, 3, 4)
    ]
    assert whole[3].shape == (8, 16, 16)
    for column in ("parameters", "multiply_adds"):
        assert sum(getattr(r, column) for r in whole) == sum(getattr(r, column) for r in rows)


class Twice(nn.Module):
    """Runs one layer twice, gives two tensors, and takes one by name."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(4)
        self.layer = nn.Linear(4, 4)

    def forward(self, x, *, scale):
        x = self.layer(self.norm(x)) * scale
        x = self.layer(x[:, None]).squeeze(1)
        return x, x[:, None].expand(-1, 3, -1)

    def backwards(self, x):
        return self(x.flip(-1), scale=torch.ones(1, 4))


def test_ports_are_of_one_example_and_of_the_first_run():
    net = Twice().train()
    found = ports(net, torch.ones(5, 4), run=net.backwards)
    assert found == {
        "norm": ([(4,)], [(4,)]),
        "layer": ([(4,)], [(4,)]),
        "": ([(4,), (1, 4)], [(4,), (3, 4)]),
    }
    assert net.training
    assert net.norm.training
    assert not net.norm.num_batches_tracked


def test_ports_of_a_net_without_numbers_cost_nothing():
    with torch.device("meta"):
        net = nn.Sequential(nn.Linear(10**6, 10**6), nn.Flatten(0))
    found = ports(net, torch.zeros(1, 1, 10**6))
    assert found["0"] == ([(1, 10**6)], [(1, 10**6)])
    assert found["1"].of == [(10**6,)]
