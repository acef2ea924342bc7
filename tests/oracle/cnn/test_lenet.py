"""Convolutional models against SciPy's correlation and NumPy, layer by layer as in the paper."""

import numpy as np
import torch
from scipy.signal import correlate

from dlcourse.models.cnn import LeNet


def convolve(maps: np.ndarray, layer: torch.nn.Conv2d) -> np.ndarray:
    weight, bias = (p.detach().double().numpy() for p in (layer.weight, layer.bias))
    maps = np.pad(maps, [(0, 0), *[(layer.padding[0], layer.padding[0])] * 2])
    return np.stack([correlate(maps, w, "valid")[0] + b for w, b in zip(weight, bias, strict=True)])


def pool(maps: np.ndarray) -> np.ndarray:
    C, H, W = maps.shape
    return maps.reshape(C, H // 2, 2, W // 2, 2).max(axis=(2, 4))


def test_lenet_agrees_with_scipy():
    torch.manual_seed(0)
    model, image = LeNet(), torch.rand(1, 28, 28)
    maps = image.double().numpy()
    for layer in (model.c1, model.c3):
        maps = pool(np.maximum(convolve(maps, layer), 0))
    values = maps.reshape(-1)
    for layer in (model.c5, model.f6, model.output):
        weight, bias = (p.detach().double().numpy() for p in (layer.weight, layer.bias))
        values = weight @ values + bias
        if layer is not model.output:
            values = np.maximum(values, 0)
    with torch.no_grad():
        assert np.allclose(model(image[None])[0].numpy(), values, atol=1e-5)
