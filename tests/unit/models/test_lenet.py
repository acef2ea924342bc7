import torch

from dlcourse.models.cnn import LeNet


def test_lenet_has_the_published_layers():
    """LeCun et al. 1998 give c1 156 and c5 48,120 trained weights; c3 here is fully connected."""
    counts = {
        name: sum(p.numel() for p in layer.parameters()) for name, layer in LeNet().named_children()
    }
    assert counts == {"c1": 156, "c3": 2416, "c5": 48120, "f6": 10164, "output": 850}
    assert sum(counts.values()) == 61706


def test_lenet_takes_a_batch_of_any_size_and_never_mixes_it():
    torch.manual_seed(0)
    model, x = LeNet(), torch.rand(3, 1, 28, 28)
    together, alone = model(x), torch.cat([model(image[None]) for image in x])
    assert together.shape == (3, 10)
    assert torch.allclose(together, alone, atol=1e-6)
    assert LeNet()(x[:0]).shape == (0, 10)
