"""The checkpoints of 06_transformer/06_transformers_that_see hold what their cards say.

DETR learns by heart.
"""

import pytest
import torch

from dlcourse import boxes, data, metrics, runtime, train
from dlcourse.data import scenes
from dlcourse.models.transformer.vit import ViT, ViTConfig
from dlcourse.models.vision import detr


def truth(drawn):
    return [(b[c >= 0], c[c >= 0]) for b, c in zip(drawn.boxes, drawn.labels, strict=True)]


def test_detrs_checkpoint_is_what_its_card_says_and_reports_once():
    # The first of those of scripts/train/train_detr.py.
    drawn = scenes.draw(150, size=64, seed=10_000)
    model = detr.DETR(detr.DETRConfig(classes=8))
    model.load_state_dict(data.checkpoint("detr"))
    found = [each for part in drawn.image.split(50) for each in model.detect(part)]
    card = data.checkpoint_card("detr")["metrics"]
    for iou in (0.5, 0.7):
        measured = metrics.mean_average_precision(found, truth(drawn), 8, iou)
        assert measured == pytest.approx(card[f"map at {iou}"], abs=0.03)
    reports = again = 0
    for b, p, c in found:
        b, c = b[p > 0.5], c[p > 0.5]
        clash = (boxes.box_iou(b, b) > 0.5) & (c[:, None] == c)
        reports, again = reports + len(b), again + clash.triu(1).any(0).sum().item()
    assert again < 0.05 * reports


def test_vits_checkpoint_is_what_its_card_says():
    model = ViT(ViTConfig(size=28, patch=4, channels=1, D=48, layers=3, h=4, F=96, classes=10))
    model.load_state_dict(data.checkpoint("vit"))
    _, accuracy = train.evaluate(model, data.load_mnist()[1])
    assert accuracy == pytest.approx(data.checkpoint_card("vit")["metrics"]["accuracy"], abs=0.005)


def test_detr_memorises_two_scenes():
    drawn = scenes.draw(2, size=64, seed=0)
    wanted = detr.targets(drawn.boxes, drawn.labels, 64, 64)
    runtime.set_seed(0)
    config = detr.DETRConfig(8, features=32, D=32, h=2, F=64, encoder=1, decoder=1, queries=5)
    model = detr.DETR(config)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(120):
        optimizer.zero_grad()
        loss = model.loss(model(drawn.image), wanted)
        loss.backward()
        optimizer.step()
    assert loss < 1
