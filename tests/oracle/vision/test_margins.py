"""The losses of face recognition against the papers' formulas, written with angles and loops."""

import math

import pytest
import torch
from torch.nn import functional as F

from dlcourse.models.vision import margins

B, D, K = 12, 6, 5


@pytest.fixture
def batch():
    torch.manual_seed(0)
    return 3 * torch.randn(B, D, dtype=torch.double), torch.arange(B) % K


def build(name_or_class, **kwargs):
    torch.manual_seed(1)
    if isinstance(name_or_class, str):
        return margins.LOSSES[name_or_class](D, K).double()
    return name_or_class(D, K, **kwargs).double()


def angles(loss, x):
    """Return theta_j in radians, (B, K), by arccos."""
    w = loss.weight.detach()
    return torch.stack([
        torch.stack([torch.acos((a @ b) / (a.norm() * b.norm())) for b in w]) for a in x
    ])  # fmt: skip


def cross_entropy_of(targets, others, labels):
    """Return -log(e^target / (e^target + sum of e^other)), as the papers write it, averaged."""
    total = 0.0
    for target, row, y in zip(targets, others, labels, strict=True):
        rest = sum(math.exp(row[j]) for j in range(K) if j != y)
        total -= math.log(math.exp(target) / (math.exp(target) + rest))
    return total / len(labels)


@pytest.mark.parametrize(("m2", "m3"), [(0, 0), (0, 0.35), (0.5, 0), (0.3, 0.1)])
def test_cosine_margins_are_equation_4_of_arcface(batch, m2, m3):
    x, labels = batch
    loss = build(margins.CosineMargin, s=10, m2=m2, m3=m3)
    theta = angles(loss, x)
    own = theta.gather(1, labels[:, None])[:, 0]
    assert (own < math.pi - m2).all(), "no angle past the turning point in this batch"
    want = cross_entropy_of(10 * (torch.cos(own + m2) - m3), 10 * torch.cos(theta), labels)
    assert loss(x, labels).item() == pytest.approx(want, rel=1e-6)


def test_arcface_with_worked_numbers():
    """x along W_0 and at right angles to W_1: cos(0 + 0.5) = 0.8776 against cos(90 degrees) = 0."""
    loss = margins.CosineMargin(2, 2, s=4, m2=0.5)
    loss.weight.data = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    want = math.log(1 + math.exp(-4 * math.cos(0.5)))
    assert loss(torch.tensor([[5.0, 0.0]]), torch.tensor([0])).item() == pytest.approx(
        want, abs=1e-4
    )


def test_arcface_target_falls_all_the_way_to_the_opposite_direction():
    loss = margins.CosineMargin(2, 2, s=1, m2=0.5)
    loss.weight.data = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    theta = torch.linspace(0.01, math.pi - 0.01, 200)
    x = torch.stack([theta.cos(), theta.sin()], dim=1)
    target = loss.logits(x, torch.zeros(200, dtype=torch.long))[:, 0]
    assert (target.diff() < 0).all()


def test_no_margin_is_the_normalised_softmax_and_a_softmax_with_m_1(batch):
    x, labels = batch
    plain = build(margins.CosineMargin, s=7)
    want = F.cross_entropy(7 * F.cosine_similarity(x[:, None], plain.weight[None], dim=2), labels)
    assert torch.isclose(plain(x, labels), want)
    sphere = build(margins.SphereFace, m=1, lam=0)
    modified = x @ F.normalize(sphere.weight).T  # Liu et al. 2017, equation 5: |W_j| = 1, b = 0
    assert torch.isclose(sphere(x, labels), F.cross_entropy(modified, labels))


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_psi_is_piecewise_as_in_equation_7_and_falls_to_1_less_2m(m):
    theta = torch.linspace(0.001, math.pi - 0.001, 301, dtype=torch.double)
    want = []
    for t in theta.tolist():
        k = int(t * m / math.pi)
        want.append((-1) ** k * math.cos(m * t) - 2 * k)
    got = margins.psi(theta.cos(), m)
    assert torch.allclose(got, torch.tensor(want, dtype=torch.double))
    assert (got.diff() < 0).all()
    ends = margins.psi(torch.tensor([1.0, -1.0]), m)
    assert ends.tolist() == [1, 1 - 2 * m]


def test_l2_softmax_does_not_feel_the_length_of_x(batch):
    x, labels = batch
    loss = build(margins.Softmax, alpha=5)
    assert torch.isclose(loss(x, labels), loss(9 * x, labels))
    long = 5 * x / x.norm(dim=1, keepdim=True)
    assert torch.isclose(loss(x, labels), build(margins.Softmax)(long, labels))


def test_centre_loss_and_its_step_by_hand():
    """Two of class 0 at (2, 0), (4, 0), centre at 0: (4 + 16) / 2, and a step 0.5 * 6 / (1 + 2)."""
    loss = margins.CentreLoss(2, 3, lam=1.0, rate=0.5)
    x, labels = torch.tensor([[2.0, 0.0], [4.0, 0.0]]), torch.tensor([0, 0])
    softmax = F.cross_entropy(F.linear(x, loss.weight, loss.bias), labels)
    assert (loss(x, labels) - softmax).item() == pytest.approx((4 + 16) / 2 / 2, abs=1e-5)
    assert torch.equal(loss.centres, torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]))
    loss.eval()(x, labels)
    assert loss.centres[0, 0] == 1, "centres rest outside of training"


def test_contrastive_by_loops(batch):
    x, labels = batch
    u = F.normalize(x)
    pull, push = [], []
    for i in range(B):
        for j in range(i + 1, B):
            d = (u[i] - u[j]).norm().item()
            if labels[i] == labels[j]:
                pull.append(d**2 / 2)
            else:
                push.append(max(0.0, 1.2 - d) ** 2 / 2)
    want = sum(pull) / len(pull) + sum(push) / len(push)
    assert margins.Contrastive(1.2)(x, labels).item() == pytest.approx(want, rel=1e-6)


def test_triplet_with_semi_hard_strangers_by_loops(batch):
    x, labels = batch
    u = F.normalize(x)
    d = [[(a - b).square().sum().item() for b in u] for a in u]
    losses, fallbacks = [], 0
    for a in range(B):
        strangers = [n for n in range(B) if labels[n] != labels[a]]
        for p in range(B):
            if p == a or labels[p] != labels[a]:
                continue
            farther = [d[a][n] for n in strangers if d[a][n] > d[a][p]]
            fallbacks += not farther
            far = min(farther) if farther else max(d[a][n] for n in strangers)
            losses.append(max(0.0, d[a][p] - far + 0.3))
    assert 0 < fallbacks < len(losses), "both branches are walked"
    want = sum(losses) / len(losses)
    assert margins.Triplet(0.3)(x, labels).item() == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize("name", margins.LOSSES)
def test_gradients_agree_with_finite_differences(batch, name):
    x, labels = batch
    loss = build(name).eval()
    assert torch.autograd.gradcheck(lambda x: loss(x, labels), x.requires_grad_())


@pytest.mark.parametrize("name", margins.LOSSES)
def test_gradients_are_finite_where_angles_are_0_or_straight(name):
    loss = margins.LOSSES[name](D, K)
    x = torch.ones(4, D)
    x[2:] = -1
    if hasattr(loss, "weight"):
        loss.weight.data[0] = 1.0
    x.requires_grad_()
    loss(x, torch.tensor([0, 0, 0, 1])).backward()
    assert x.grad.isfinite().all()
