"""Pixels, joints and words are learned: each memorises eight, each beats a named baseline."""

import hashlib
from importlib.resources import files

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset

from dlcourse import data, metrics, runtime, train
from dlcourse.data import scenes
from dlcourse.models.rnn import captioning
from dlcourse.models.vision import pose
from dlcourse.models.vision.segmentation import Segmenter, balanced_weights
from dlcourse.text import Vocabulary

CLASSES = 1 + len(scenes.CLASSES)


@pytest.fixture(scope="module")
def figures():
    drawn = scenes.figures(900, size=32, seed=0)
    return drawn.image, drawn.joints[:, 0], (drawn.boxes[:, 0, 2:] - drawn.boxes[:, 0, :2]).amax(1)


def label(net, images):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(part).argmax(dim=1) for part in images.split(50)])


def test_a_segmenter_memorises_eight_scenes():
    eight = scenes.draw(8, size=32, seed=0)
    runtime.set_seed(0)
    net = Segmenter(CLASSES, width=16, depth=2)
    loss = nn.CrossEntropyLoss(balanced_weights(eight.semantic, CLASSES))
    pixels = TensorDataset(eight.image, eight.semantic)
    train.fit(net, pixels, epochs=200, batch=8, lr=1e-2, loss_fn=loss, device="cpu")
    assert metrics.mean_iou(label(net, eight.image), eight.semantic, CLASSES) > 0.9


def test_the_segmenters_checkpoint_is_what_its_card_says():
    card = data.checkpoint_card("segmenter")
    content = (files("dlcourse") / "checkpoints" / "segmenter.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest() == card["sha256"]
    assert len(content) <= 1_000_000
    net = Segmenter(CLASSES)
    net.load_state_dict(data.checkpoint("segmenter"))
    held_out = scenes.draw(500, size=48, seed=10_000)  # those of scripts/train/train_segmenter.py
    found = metrics.mean_iou(label(net, held_out.image), held_out.semantic, CLASSES)
    assert found == pytest.approx(card["metrics"]["mean_iou"], abs=0.005)
    assert found > 0.8


def test_maps_memorise_eight_people(figures):
    image, joints, scale = (part[:8] for part in figures)
    runtime.set_seed(0)
    net = pose.PoseNet(width=8)
    eight = TensorDataset(image, joints)
    train.fit(net, eight, epochs=150, batch=8, lr=1e-2, loss_fn=pose.joint_loss, device="cpu")
    with torch.no_grad():
        assert (
            metrics.pck(net(image), joints, scale) > 0.95
        )  # in training: eight pictures are the batch


def test_maps_beat_the_mean_pose(figures):
    image, joints, scale = figures
    known, new = slice(0, 640), slice(640, 900)
    baseline = metrics.pck(joints[known].mean(0).expand(260, -1, -1), joints[new], scale[new])
    runtime.set_seed(0)
    net = pose.PoseNet()
    poses = TensorDataset(image[known], joints[known])
    train.fit(net, poses, epochs=2, batch=16, lr=1e-2, loss_fn=pose.joint_loss, device="cpu")
    with torch.no_grad():
        assert metrics.pck(net.eval()(image[new]), joints[new], scale[new]) > baseline + 0.1


def test_a_decoder_memorises_what_to_say_of_eight_codes():
    drawn = scenes.draw(8, size=16, seed=0)
    texts = [phrases[0] for phrases in drawn.phrases]
    words = Vocabulary.of(texts, special=3)
    numbers = words.encode(texts, end=True)
    runtime.set_seed(0)
    decoder, code = captioning.WordDecoder(len(words), width=48), torch.randn(8, 48)
    optimizer = torch.optim.Adam(decoder.parameters(), lr=1e-2)
    first = None
    for _ in range(120):
        loss = captioning.word_loss(decoder(code, numbers), numbers)
        first = first or loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.1 < first
    said = decoder.generate(code, numbers.shape[1] + 1)
    assert [words.decode(row) for row in said] == texts
    uniform = F.cross_entropy(torch.zeros(1, len(words)), torch.tensor([0])).item()
    assert first == pytest.approx(uniform, rel=0.2)
