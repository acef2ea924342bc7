"""Reading, watching, looking from above: each memorises eight, and beats what a blind rival can."""

import math

import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from dlcourse import data, metrics, runtime, train
from dlcourse.data import scenes, sentiment
from dlcourse.data.scenes import views
from dlcourse.models.cnn import video
from dlcourse.models.cnn.text_cnn import TextCNN
from dlcourse.models.vision import birdseye


def reader(dropout: float = 0.0) -> TextCNN:
    return TextCNN(
        len(sentiment.VOCABULARY), width=16, widths=(2, 3, 4), filters=16, dropout=dropout
    )


def top_view() -> birdseye.BirdsEye:
    planes = birdseye.look_up(views.centres(32), [0.0, 1.2], aspect=2.0, **views.RIG)
    return birdseye.BirdsEye(*planes, reach=views.REACH)


NETS = {
    "frame by frame": lambda: video.FrameByFrame(8, (8, 16, 24)),
    "early fusion": lambda: video.EarlyFusion(8, 8, (14, 36, 56)),
    "c3d": lambda: video.C3D(8, (4, 9, 17)),
    "two streams": lambda: video.TwoStream(8, 8, (12, 24, 36), (12, 32, 48)),
}


def test_the_reader_overfits_eight_reviews():
    runtime.set_seed(0)
    eight = sentiment.write(8, seed=5)
    model, pairs = reader(), TensorDataset(eight.words, eight.labels)
    train.fit(model, pairs, epochs=40, batch=8, lr=1e-2, device="cpu")
    assert train.evaluate(model, pairs)[0] < 0.01


def test_the_reader_beats_a_count_of_words_on_negation():
    """The baseline is a logistic regression on the counts: one weight a word."""
    known, new = sentiment.write(2000), sentiment.write(500, seed=1, held_out=True)
    runtime.set_seed(0)
    counts = nn.EmbeddingBag(len(sentiment.VOCABULARY), 2, mode="sum", padding_idx=0)
    right = {}
    for name, model, lr in [("filters", reader(0.2), 2e-2), ("counts", counts, 5e-2)]:
        train.fit(model, TensorDataset(known.words, known.labels), epochs=5, lr=lr, device="cpu")
        with torch.no_grad():
            hit = (model.eval()(new.words).argmax(1) == new.labels).float()
        right[name] = hit[new.negated].mean().item()
    assert right["counts"] < 0.6
    assert right["filters"] > right["counts"] + 0.25


@pytest.mark.parametrize("name", list(NETS)[1:])
def test_nets_that_see_time_overfit_eight_clips(name):
    runtime.set_seed(0)
    clips = scenes.clips(40, seed=6)
    first = torch.stack([(clips.labels == k).nonzero()[0, 0] for k in range(8)])
    eight = TensorDataset(clips.frames[first], clips.labels[first])
    model = NETS[name]()
    train.fit(model, eight, epochs=60, batch=8, lr=1e-2, device="cpu")
    assert train.evaluate(model, eight)[1] == 1


def test_a_net_without_time_never_tells_a_clip_from_its_reversal():
    runtime.set_seed(0)
    model, clips = NETS["frame by frame"]().eval(), scenes.clips(6)
    with torch.no_grad():
        assert torch.allclose(model(clips.frames), model(clips.frames.flip(1)), atol=1e-5)
        seeing = NETS["two streams"]().eval()
        assert (seeing(clips.frames) - seeing(clips.frames.flip(1))).abs().max() > 1e-3


def test_the_top_view_overfits_eight_drives():
    runtime.set_seed(0)
    drives = scenes.drives(8, seed=7)
    model = top_view()
    settings = {"epochs": 60, "batch": 4, "lr": 2e-2, "loss_fn": birdseye.top_view_loss}
    train.fit(model, views.Examples(drives), device="cpu", **settings)
    with torch.no_grad():
        answer = model.eval()(drives.images, drives.poses)
    assert metrics.iou(answer[:, :5].argmax(1), drives.top, 5)[-1] > 0.7


def test_the_checkpoint_holds_its_metrics_and_beats_every_one_frame_net():
    model, drives = top_view().eval(), scenes.drives(60, seed=9)
    model.load_state_dict(data.checkpoint("birdseye"))
    with torch.no_grad():
        answer = model(drives.images, drives.poses)
    stored = data.checkpoint_card("birdseye")["metrics"]
    car = drives.top == views.LAYERS.index("car")
    overlap = metrics.iou(answer[:, :5].argmax(1), drives.top, 5)[-1].item()
    off = (answer[:, -2:] - drives.velocity).square().sum(1)[car].mean().sqrt().item()
    assert abs(overlap - stored["iou car"]) < 0.05  # on sixty other drives
    assert abs(off - stored["velocity"]) < 0.2
    low, high = views.SPEEDS
    blind = math.sqrt((low**2 + low * high + high**2) / 6 - ((low + high) / 4) ** 2)
    assert off < blind / 2
