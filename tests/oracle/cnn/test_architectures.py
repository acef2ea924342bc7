"""Published architectures against torchvision and timm: the same names, shapes and answers."""

import pytest
import torch

from dlcourse.models import cnn
from dlcourse.runtime import CourseError

PUBLISHED = {  # name: class, its configuration, parameters as published
    "alexnet": (cnn.AlexNet, cnn.AlexNetConfig, 61_100_840),
    "vgg16": (cnn.VGG, cnn.VGGConfig, 138_357_544),
    "googlenet": (cnn.GoogLeNet, cnn.GoogLeNetConfig, 6_624_904),
    "googlenet-aux": (cnn.GoogLeNet, cnn.GoogLeNetConfig, 13_004_888),
    "resnet18": (cnn.ResNet, cnn.ResNetConfig, 11_689_512),
    "resnet50": (cnn.ResNet, cnn.ResNetConfig, 25_557_032),
    "seresnet50": (cnn.ResNet, cnn.ResNetConfig, 28_088_024),
}
# VGG-16 at 32 pixels has one pixel left for 7x7 means; it takes 0.5 GB, and is compared as well.
SIZES = {"alexnet": 224, "vgg16": 64, "googlenet": 224}


@pytest.fixture(scope="module")
def theirs(torchvision, timm):
    def build(name: str) -> torch.nn.Module:
        if name == "seresnet50":
            return timm.create_model(name)
        if name.startswith("googlenet"):  # its own initial weights take a minute to draw
            return torchvision.models.googlenet(aux_logits="aux" in name, init_weights=False)
        return getattr(torchvision.models, name)()

    return build


def build(name: str) -> torch.nn.Module:
    model, config, _ = PUBLISHED[name]
    return model(config.published(name))


def spread(model: torch.nn.Module) -> None:
    """Give a model's buffers and small weights numbers of their own, so that no mix-up can hide."""
    torch.manual_seed(0)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 2)
            elif tensor.is_floating_point() and tensor.ndim == 1:
                tensor.add_(0.1 * torch.randn_like(tensor))


@pytest.mark.parametrize("name", PUBLISHED)
def test_names_shapes_and_counts(theirs, name):
    with torch.device("meta"):
        ours, other = build(name), theirs(name)
    shapes = [{key: value.shape for key, value in m.state_dict().items()} for m in (ours, other)]
    assert shapes[0] == shapes[1]
    assert sum(p.numel() for p in ours.parameters()) == PUBLISHED[name][2]


@pytest.mark.parametrize("name", PUBLISHED)
def test_answers_in_evaluation(theirs, name):
    ours, other = build(name), theirs(name)
    spread(other)
    ours.load_published(other.state_dict())
    size = SIZES.get(name, 64)
    with torch.no_grad():
        x = torch.randn(1, 3, size, size)
        want = other.eval()(x)
        assert want.std() > 1e-3
        assert torch.allclose(ours.eval()(x), want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["googlenet-aux", "resnet18", "seresnet50"])
def test_answers_gradients_and_running_means_in_training(theirs, name):
    """Batch normalisation and the auxiliary heads act in training only; dropout is 0 for this."""
    ours, other = build(name), theirs(name)
    spread(other)
    ours.load_published(other.state_dict())
    x, losses = torch.randn(4, 3, 64, 64), []
    for model in (ours, other):
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        output = model.train()(x)
        if name == "googlenet-aux":
            lower = output.aux1 if model is ours else output.aux_logits1
            upper = output.aux2 if model is ours else output.aux_logits2
            output = torch.cat([output.logits, lower, 2 * upper], dim=1)
        losses.append(output.square().mean())
        losses[-1].backward()
    assert torch.allclose(*losses, rtol=1e-4)
    for key, value in other.state_dict().items():
        assert torch.allclose(ours.state_dict()[key], value, rtol=1e-3, atol=1e-4), key
    ours_gradients = dict(ours.named_parameters())
    for key, parameter in other.named_parameters():
        scale = parameter.grad.abs().max() + 1e-6
        assert (ours_gradients[key].grad - parameter.grad).abs().max() < 0.01 * scale, key


def test_files_are_read_with_and_without_what_is_not_needed(theirs):
    """Torchvision's file of GoogLeNet has the heads; older files do not count the batches."""
    saved, plain = theirs("googlenet-aux").state_dict(), build("googlenet")
    plain.load_published({k: v for k, v in saved.items() if not k.endswith("num_batches_tracked")})
    assert torch.equal(plain.fc.weight, saved["fc.weight"])
    with pytest.raises(CourseError, match="no ResNet is called 'resnet19'; there are: resnet18, "):
        cnn.ResNetConfig.published("resnet19")
    with pytest.raises(CourseError, match=r"fc\.weight"):
        plain.load_published({k: v for k, v in saved.items() if k != "fc.weight"})


def test_small_blocks_with_squeeze_excitation_agree_with_timm(timm):
    resnet = timm.models.resnet
    block = {"num_classes": 5, "block_args": {"attn_layer": "se"}}
    other = resnet.ResNet(resnet.BasicBlock, (2, 1, 1, 1), **block)
    ours = cnn.ResNet(cnn.ResNetConfig(classes=5, depths=(2, 1, 1, 1), se=True))
    spread(other)
    ours.load_state_dict(other.state_dict())
    x = torch.randn(2, 3, 64, 64)
    assert torch.allclose(ours.eval()(x), other.eval()(x), rtol=1e-4, atol=1e-5)


def test_policy_net_agrees_with_numpy_products():
    """Layer 13 and the bias of each point by hand; layers 1 to 12, a plain stack, by torch."""
    torch.manual_seed(0)
    net, boards = cnn.PolicyNet(planes=3, filters=4), torch.rand(2, 3, 19, 19)
    *weights, last, bias = [p.detach() for p in net.parameters()]
    torch.nn.init.normal_(net.layers[-1].bias)
    x = boards
    for weight, b in zip(weights[::2], weights[1::2], strict=True):
        x = torch.conv2d(x, weight, b, padding=weight.shape[-1] // 2).clamp(min=0)
    want = (x * last[0]).sum(dim=1) + bias
    assert [tuple(w.shape[2:]) for w in weights[::2]] == [(5, 5)] + 11 * [(3, 3)]
    with torch.no_grad():
        assert torch.allclose(net(boards), want.flatten(1), atol=1e-5)


def test_alphago_counts_by_hand():
    with torch.device("meta"):
        policy, value = cnn.PolicyNet(), cnn.ValueNet()
    middle = 11 * (9 * 192 * 192 + 192)
    ours = [sum(p.numel() for p in net.parameters()) for net in (policy, value)]
    assert ours[0] == 25 * 48 * 192 + 192 + middle + 192 + 361
    assert ours[1] == 25 * 49 * 192 + 192 + middle + 192 + 1 + 361 * 256 + 256 + 256 + 1
