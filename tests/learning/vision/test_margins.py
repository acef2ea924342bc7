"""The losses teach: eight pictures are told apart; ArcFace is ahead of softmax on new people."""

import statistics

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlcourse import runtime
from dlcourse.data.scenes import faces
from dlcourse.metrics.verification import verify
from dlcourse.models.vision import margins


def train(name, x, *, seed=0, steps, people, each):
    """Train a small net on x (persons, pictures, 1, 24, 24) as 03_cnn/07_faces does; return it."""
    runtime.set_seed(seed)
    layers = []
    for inputs, outputs, kernel in [(1, 12, 5), (12, 24, 3), (24, 48, 3)]:
        convolution = nn.Conv2d(inputs, outputs, kernel, 2, kernel // 2, bias=False)
        layers += [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(48 * 9, 64), nn.BatchNorm1d(64))
    loss_fn = margins.LOSSES[name](64, len(x))
    optimizer = torch.optim.Adam([*net.parameters(), *loss_fn.parameters()], lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=steps)
    for _ in range(steps):
        who = torch.randperm(len(x))[:people]
        pictures = torch.randint(x.shape[1], (people, each))
        optimizer.zero_grad()
        loss = loss_fn(net(x[who[:, None], pictures].flatten(0, 1)), who.repeat_interleave(each))
        loss.backward()
        optimizer.step()
        schedule.step()
    return net.eval()


def portraits(people, each, seed):
    x = faces.portraits(people.repeat_interleave(each, dim=0), seed=seed).mean(dim=1)
    return x.reshape(len(people), each, 1, 24, 24)


@pytest.mark.parametrize("name", margins.LOSSES)
def test_it_tells_eight_pictures_of_four_people_apart(name):
    x = portraits(faces.people(4), 2, seed=1)
    net = train(name, x, steps=60, people=4, each=4)
    with torch.no_grad():
        e = F.normalize(net(x.flatten(0, 1)))
    who = torch.arange(4).repeat_interleave(2)
    same = who[:, None] == who
    assert (e @ e.T)[same].min() > (e @ e.T)[~same].max()


def test_arcface_is_ahead_of_softmax_on_people_never_seen():
    everyone = faces.people(164)
    x, new = portraits(everyone[:64], 32, seed=1), portraits(everyone[64:], 8, seed=2).flatten(0, 1)
    who = torch.arange(100).repeat_interleave(8)
    i, j = torch.triu_indices(800, 800, offset=1)
    within = who[i] // 10 == who[j] // 10
    i, j = i[within], j[within]
    same = who[i] == who[j]
    chosen = same | (torch.rand(len(i), generator=torch.Generator().manual_seed(0)) < 0.097)
    i, j, same = i[chosen], j[chosen], same[chosen]

    def accuracy(name, seed):
        net = train(name, x, seed=seed, steps=180, people=12, each=4)
        with torch.no_grad():
            e = F.normalize(net(new))
        return verify((e[i] * e[j]).sum(dim=1), same, who[i] // 10)[0]

    median = {
        name: statistics.median(accuracy(name, seed) for seed in range(3))
        for name in ("softmax", "ArcFace")
    }
    print(median)
    assert 0.45 < same.double().mean() < 0.55
    assert median["softmax"] > 0.88
    # Over three perturbations it is ahead by 0.005 to 0.009; how far is not the claim.
    assert median["ArcFace"] > median["softmax"]
