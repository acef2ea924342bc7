"""Losses that teach a net to tell people apart: the embedding x (B, D) and who it is, labels (B,).

A loss is a module, since most of them own weights (one direction a person): `loss(x, labels)` is a
scalar. The people of the training do not matter afterwards: two new pictures are compared by the
cosine of their embeddings. Symbols as in the papers: theta_j is the angle between x and W_j, s a
scale, m a margin.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def cosines(x: Tensor, weight: Tensor) -> Tensor:
    """Return cos(theta_j) of each x (B, D) to each row of weight (K, D): (B, K) in [-1, 1]."""
    return (F.normalize(x) @ F.normalize(weight).T).clamp(-1, 1)


class Classifier(nn.Module):
    """What losses with one direction a person share: weight (K, D), and cross-entropy on logits.

    A subclass says what the `logits(x, labels)` (B, K) are; labels are there to move the target's.
    """

    logits: Callable[..., Tensor]

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, width) / math.sqrt(width))

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(self.logits(x, labels), labels)


class Softmax(Classifier):
    """Plain cross-entropy on W x + b: Deng et al. 2019 (ArcFace), equation 1.

    With `alpha` the embedding is first given that length: L2-softmax, Ranjan, Castillo and
    Chellappa 2017, equation 3. Shown in: 03_cnn/07_faces.
    """

    def __init__(self, width: int, classes: int, *, alpha: float | None = None) -> None:
        super().__init__(width, classes)
        self.bias = nn.Parameter(torch.zeros(classes))
        self.alpha = alpha

    def logits(self, x: Tensor, labels: Tensor) -> Tensor:
        if self.alpha is not None:
            x = self.alpha * F.normalize(x)
        return F.linear(x, self.weight, self.bias)


class CentreLoss(Softmax):
    """Softmax plus `lam` / 2 times the squared distance to the centre of one's class.

    Wen, Zhang, Li and Qiao 2016, equation 5. The centres are not parameters: in training each step
    moves those of the batch by `rate`, the paper's alpha, of the way of equation 4. Shown in:
    03_cnn/07_faces.
    """

    def __init__(self, width: int, classes: int, *, lam: float = 0.03, rate: float = 0.5) -> None:
        super().__init__(width, classes)
        self.lam, self.rate = lam, rate
        self.register_buffer("centres", torch.zeros(classes, width))

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        away = x - self.centres[labels]  # (B, D)
        loss = super().forward(x, labels) + self.lam / 2 * away.square().sum(dim=1).mean()
        if self.training:
            with torch.no_grad():
                steps = torch.zeros_like(self.centres).index_add_(0, labels, away)
                count = torch.bincount(labels, minlength=len(steps))
                self.centres += self.rate * steps / (1 + count)[:, None]
        return loss


class CosineMargin(Classifier):
    """Softmax on s cos(theta_j), where the target must win by a margin: s (cos(theta + m2) - m3).

    Deng et al. 2019, equation 4 with m1 = 1. m2 = m3 = 0 is NormFace (Wang et al. 2017), m3 alone
    CosFace (Wang et al. 2018, equation 4; AM-softmax), m2 alone ArcFace (equation 3). Past
    theta = pi - m2, where cos(theta + m2) would rise again, it goes on as cos(theta) - m2 sin(m2),
    as the authors' code does. Shown in: 03_cnn/07_faces.
    """

    def __init__(
        self, width: int, classes: int, *, s: float = 30.0, m2: float = 0.0, m3: float = 0.0
    ) -> None:
        super().__init__(width, classes)
        self.s, self.m2, self.m3 = s, m2, m3

    def logits(self, x: Tensor, labels: Tensor) -> Tensor:
        cos = cosines(x, self.weight)  # (B, K)
        target = cos.gather(1, labels[:, None])  # (B, 1)
        # By the addition theorem: arccos has an infinite slope at 1. The floor keeps that of sqrt
        # finite.
        sin = (1 - target.square()).clamp(min=1e-8).sqrt()
        moved = target * math.cos(self.m2) - sin * math.sin(self.m2)
        moved = torch.where(
            target > -math.cos(self.m2), moved, target - self.m2 * math.sin(self.m2)
        )
        return self.s * cos.scatter(1, labels[:, None], moved - self.m3)


class SphereFace(Classifier):
    """A-softmax: the target's logit is |x| psi(theta), the others' |x| cos(theta_j).

    Liu et al. 2017, equation 7: psi(theta) = (-1)^k cos(m theta) - 2k for theta in [k pi / m,
    (k + 1) pi / m]. `lam` softens it to (lam cos + psi) / (1 + lam); the authors begin at 1000 and
    anneal to 5, here it is a constant. Shown in: 03_cnn/07_faces.
    """

    def __init__(self, width: int, classes: int, *, m: int = 4, lam: float = 5.0) -> None:
        super().__init__(width, classes)
        self.m, self.lam = m, lam

    def logits(self, x: Tensor, labels: Tensor) -> Tensor:
        cos = cosines(x, self.weight)  # (B, K)
        target = cos.gather(1, labels[:, None])  # (B, 1)
        moved = (self.lam * target + psi(target, self.m)) / (1 + self.lam)
        return x.norm(dim=1, keepdim=True) * cos.scatter(1, labels[:, None], moved)


def psi(cos: Tensor, m: int) -> Tensor:
    """Return (-1)^k cos(m theta) - 2k from cos(theta): it falls from 1 to 1 - 2m over [0, pi]."""
    before, multiple = torch.ones_like(cos), cos  # cos(0 theta), cos(1 theta)
    # Chebyshev: cos((n + 1) theta) = 2 cos(theta) cos(n theta) - cos((n - 1) theta).
    for _ in range(m - 1):
        before, multiple = multiple, 2 * cos * multiple - before
    k = (m * cos.detach().acos() / math.pi).floor().clamp(max=m - 1)
    return (1 - 2 * (k % 2)) * multiple - 2 * k


def _distances(x: Tensor) -> Tensor:
    """Return the squared distances (B, B) of embeddings brought to length one."""
    x = F.normalize(x)
    return (2 - 2 * x @ x.T).clamp(min=0)


class Contrastive(nn.Module):
    """Pull pairs of one person together, push others `margin` apart; all pairs of the batch.

    Hadsell, Chopra and LeCun 2006, equation 4: d^2 / 2 for the same person, max(0, margin - d)^2 /
    2 otherwise; each kind is averaged, so that the many strangers do not drown the few pairs.
    DeepID2 adds it to a softmax. Shown in: 03_cnn/07_faces.
    """

    def __init__(self, margin: float = 1.0) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        squared = _distances(x)  # (B, B)
        same = labels[:, None] == labels
        pairs = torch.ones_like(same).triu(1)  # each pair once
        d = (squared + 1e-8).sqrt()
        pull, push = squared / 2, (self.margin - d).clamp(min=0).square() / 2
        return pull[same & pairs].mean() + push[~same & pairs].mean()


class Triplet(nn.Module):
    """An anchor must be nearer to its person than to a stranger, by `alpha`, in squared distance.

    Schroff, Kalenichenko and Philbin 2015 (FaceNet), equation 3. For each pair of one person the
    stranger is the nearest that is semi-hard, equation 4: farther than the partner; where there is
    none, the farthest. Shown in: 03_cnn/07_faces.
    """

    def __init__(self, alpha: float = 0.2) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        d = _distances(x)  # (B, B)
        same = labels[:, None] == labels
        anchor, partner = (same & ~torch.eye(len(x), dtype=torch.bool, device=x.device)).nonzero().T
        near = d[anchor, partner]  # (P,)
        strangers = d[anchor].masked_fill(same[anchor], math.inf)  # (P, B)
        semi_hard = strangers.masked_fill(strangers <= near[:, None], math.inf).amin(dim=1)
        farthest = d[anchor].masked_fill(same[anchor], -math.inf).amax(dim=1)
        far = torch.where(semi_hard.isfinite(), semi_hard, farthest)
        return (near - far + self.alpha).clamp(min=0).mean()


def least_scale(classes: int, p: float = 0.9) -> float:
    """Return the least scale at which softmax can give one of `classes` persons the probability p.

    log(p (C - 2) / (1 - p)), the lower bound of Ranjan et al. 2017 for embeddings of fixed length.
    Shown in: 03_cnn/07_faces.

    >>> round(least_scale(64), 2)
    6.32
    """
    return math.log(p * (classes - 2) / (1 - p))


# The families of the slide's table: LOSSES[name](width, classes). Margins are the papers' own;
# scales are the least, since the papers' 30 to 64 are for tens of thousands of people and days of
# training.
LOSSES: dict[str, Callable[[int, int], nn.Module]] = {
    "softmax": Softmax,
    "contrastive": lambda width, classes: Contrastive(),
    "triplet": lambda width, classes: Triplet(),
    "centre": CentreLoss,
    "L2-softmax": lambda D, K: Softmax(D, K, alpha=least_scale(K)),
    "A-softmax": SphereFace,
    "CosFace": lambda D, K: CosineMargin(D, K, s=least_scale(K), m3=0.35),
    "ArcFace": lambda D, K: CosineMargin(D, K, s=least_scale(K), m2=0.5),
}
