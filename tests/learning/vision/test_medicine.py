"""The U-Net on drawn knees: it can memorise, and it beats a threshold on brightness."""

import pytest
import torch
from torch.nn import functional as F
from torch.utils.data import TensorDataset

from dlcourse import metrics, runtime, train
from dlcourse.data import scenes
from dlcourse.models.vision.unet import UNet


def fit(image, labels, classes, epochs, batch):
    runtime.set_seed(0)
    model = UNet(1, classes, width=8, depth=2)
    pairs = TensorDataset(image, labels)
    train.fit(model, pairs, epochs=epochs, batch=batch, lr=1e-2, device="cpu")
    return model.eval()


@pytest.mark.timeout(120)
def test_it_overfits_eight_knees():
    knees = scenes.knees(8, size=32)
    model = fit(knees.image, knees.labels, 5, epochs=120, batch=8)
    with torch.no_grad():
        found = model(knees.image).argmax(dim=1)
    assert min(metrics.dice(found == c, knees.labels == c) for c in range(5)) > 0.9


def test_it_finds_unseen_cartilage_better_than_any_band_of_brightness():
    def joint(n, seed):
        knees = scenes.knees(n, seed=seed)
        return knees.image[:, :, 24:56, 16:48], (knees.labels[:, 24:56, 16:48] == 4).long()

    (image, truth), (new_image, new_truth) = joint(96, 0), joint(30, 1)
    levels = torch.linspace(0, 1, 21)
    band = max(
        ((low, high) for low in levels for high in levels if high > low),
        key=lambda b: metrics.dice((image[:, 0] > b[0]) & (image[:, 0] < b[1]), truth == 1),
    )
    inside = (new_image[:, 0] > band[0]) & (new_image[:, 0] < band[1])
    baseline = metrics.dice(inside, new_truth == 1)
    model = fit(image, truth, 2, epochs=3, batch=4)
    with torch.no_grad():
        dice = metrics.dice(F.softmax(model(new_image), dim=1)[:, 1] > 0.5, new_truth == 1)
    print(f"brightness {baseline:.2f}, U-Net {dice:.2f}")
    assert dice > 0.75 > baseline + 0.1
