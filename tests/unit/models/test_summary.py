import pytest
import torch
from torch import nn

from dlcourse.models import cnn
from dlcourse.models.summary import Layer, summarise


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
