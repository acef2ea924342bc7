"""Faster R-CNN learns: it memorises eight scenes, and finds drawn objects better than by guess."""

import torch
from torch.utils.data import TensorDataset

from dlcourse import metrics, runtime, train
from dlcourse.data import scenes
from dlcourse.models.vision.faster_rcnn import FasterRCNN, FasterRCNNConfig


def fit(pictures, epochs):
    runtime.set_seed(0)
    model = FasterRCNN(FasterRCNNConfig(classes=len(scenes.CLASSES)))
    targets = torch.cat([pictures.boxes, pictures.labels[..., None]], dim=-1)
    options = {"batch": 8, "lr": 5e-3, "loss_fn": model.loss, "device": "cpu"}
    train.fit(model, TensorDataset(pictures.image, targets), epochs=epochs, **options)
    return model


def score(found, pictures):
    truth = [
        (b[of >= 0], of[of >= 0]) for b, of in zip(pictures.boxes, pictures.labels, strict=True)
    ]
    return metrics.mean_average_precision(found, truth, len(scenes.CLASSES))


def test_it_overfits_eight_scenes():
    eight = scenes.draw(8, seed=5)
    assert score(fit(eight, epochs=80).detect(eight.image), eight) > 0.9


def test_a_short_training_beats_the_mean_box_of_each_class():
    known, new = scenes.draw(400, seed=6), scenes.draw(50, seed=7)
    classes = range(len(scenes.CLASSES))
    mean = torch.stack([known.boxes[known.labels == label].mean(dim=0) for label in classes])
    share = torch.tensor([(known.labels == label).float().mean() for label in classes])
    baseline = score([(mean, share, torch.arange(len(mean)))] * 50, new)
    assert score(fit(known, epochs=3).detect(new.image), new) > baseline + 0.2
