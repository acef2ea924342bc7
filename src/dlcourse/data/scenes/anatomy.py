"""Drawn anatomy: slices through a knee as MR shows them, and chest radiographs with nodules.

Shapes are signed distances (negative inside) on coordinates from -1 to 1, so that labels are exact
at any size; tissues, texture, shading and noise are painted on them. Drawn from a textbook's idea
of a body, by no patient: for learning about methods, never for medicine.
"""

from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional as F

KNEE_NAMES = ("soft tissue", "femur", "tibia", "patella", "cartilage")
BATCH = 32  # pictures drawn at a time: keeps memory small


@dataclass(frozen=True)
class Knees:
    """Knees seen from the side: B pictures, and for every pixel an index into `KNEE_NAMES`."""

    image: Tensor  # (B, 1, H, W) float32 in [0, 1]
    labels: Tensor  # (B, H, W) int64
    names: tuple[str, ...] = KNEE_NAMES

    def __len__(self) -> int:
        return len(self.image)

    def __getitem__(self, index) -> "Knees":
        return Knees(self.image[index], self.labels[index])


@dataclass(frozen=True)
class Chests:
    """Chest radiographs with up to N = 3 nodules; where there is none, label -1 and the rest 0."""

    image: Tensor  # (B, 1, H, W) float32 in [0, 1]
    boxes: Tensor  # (B, N, 4) float32 XYXY pixels
    labels: Tensor  # (B, N) int64: 0 for a nodule
    centres: Tensor  # (B, N, 2) float32 (x, y) pixels
    radii: Tensor  # (B, N) float32 pixels
    contrast: Tensor  # (B, N) float32: how much brighter than what lies behind it
    masks: Tensor  # (B, N, H, W) bool
    lungs: Tensor  # (B, H, W) bool

    def __len__(self) -> int:
        return len(self.image)

    def __getitem__(self, index) -> "Chests":
        return Chests(*(getattr(self, field.name)[index] for field in fields(self)))


class Canvas:
    """Coordinates for B pictures and the random numbers of their painter."""

    def __init__(self, B: int, size: int, generator: torch.Generator) -> None:
        self.B, self.size, self.generator = B, size, generator
        ticks = (torch.arange(size) + 0.5) / size * 2 - 1
        self.y, self.x = (
            t.expand(B, size, size) for t in torch.meshgrid(ticks, ticks, indexing="ij")
        )

    def uniform(self, low: float, high: float) -> Tensor:
        """Draw one number a picture, (B, 1, 1)."""
        return low + (high - low) * torch.rand(self.B, 1, 1, generator=self.generator)

    def smooth(self, cells: int) -> Tensor:
        """Draw a smooth random field (B, H, W) of about unit size, `cells` bumps across."""
        coarse = torch.randn(self.B, cells + 1, cells + 1, generator=self.generator)
        unit = torch.eye(cells + 1)[None, None]
        rows = F.interpolate(unit, (self.size, cells + 1), mode="bicubic", align_corners=True)[0, 0]
        return rows @ coarse @ rows.T

    def noise(self) -> Tensor:
        """Draw independent Gaussian noise, (B, H, W)."""
        return torch.randn(self.B, self.size, self.size, generator=self.generator)

    def fill(self, distance: Tensor, blur: float = 1.0) -> Tensor:
        """Return how much of each pixel a shape covers, its edge `blur` pixels soft."""
        return (0.5 - distance * self.size / (2 * blur)).clamp(0, 1)

    def warp(self, angle: float, scale: float, shift: float, bend: float) -> tuple[Tensor, Tensor]:
        """Return the coordinates turned (radians), scaled, shifted and bent by random amounts."""
        turn = self.uniform(-angle, angle)
        x = self.x * self.uniform(1 - scale, 1 + scale) + self.uniform(-shift, shift)
        y = self.y * self.uniform(1 - scale, 1 + scale) + self.uniform(-shift, shift)
        x, y = rotate(x, y, turn)
        return x + bend * self.smooth(3), y + bend * self.smooth(3)


def rotate(x, y, angle, about=(0.0, 0.0)):
    """Turn coordinates by an angle in radians about a point."""
    cos, sin, a, b = angle.cos(), angle.sin(), x - about[0], y - about[1]
    return cos * a - sin * b + about[0], sin * a + cos * b + about[1]


def ellipse(x, y, centre, radii) -> Tensor:
    """Return about the signed distance to an ellipse with its axes along x and y."""
    scaled = (((x - centre[0]) / radii[0]).square() + ((y - centre[1]) / radii[1]).square()).sqrt()
    return (scaled - 1) * min(radii)


def capsule(x, y, start, end, radius) -> Tensor:
    """Return the signed distance to a line from `start` to `end`, `radius` thick."""
    a, b, dx, dy = x - start[0], y - start[1], end[0] - start[0], end[1] - start[1]
    along = ((a * dx + b * dy) / (dx * dx + dy * dy)).clamp(0, 1)
    return ((a - along * dx).square() + (b - along * dy).square()).sqrt() - radius


def union(one: Tensor, other: Tensor, soft: float = 0.1) -> Tensor:
    """Join two shapes, their corner rounded over a width of `soft` (Quilez's smooth minimum)."""
    mix = (soft - (one - other).abs()).clamp(min=0)
    return torch.minimum(one, other) - mix.square() / (4 * soft)


def knees(n: int, size: int = 64, seed: int = 0) -> Knees:
    """Draw `n` knees from the side: femur, tibia, patella, and cartilage 1.5 to 3 pixels thin.

    Pose, flexion, shape, side, brightness of the tissues, shading and noise differ.
    Card: `data.card("anatomy")`. Shown in: 03_cnn/09_medicine.

    >>> knees(2).labels.shape
    torch.Size([2, 64, 64])
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = (_knees(Canvas(min(BATCH, n - i), size, generator)) for i in range(0, n, BATCH))
    image, labels = (torch.cat(parts) for parts in zip(*drawn, strict=True))
    return Knees(image[:, None], labels)


def _knees(canvas: Canvas) -> tuple[Tensor, Tensor]:
    x, y = canvas.warp(angle=0.15, scale=0.08, shift=0.08, bend=0.02)
    u, v = rotate(x, y, canvas.uniform(-0.15, 0.2), about=(0.05, 0.25))  # the tibia's: flexion

    shaft = capsule(x, y, (0.16, -1.6), (0.1, -0.3), canvas.uniform(0.17, 0.21))
    front = ellipse(x, y, (-0.1, -0.14), (0.28, 0.29))
    back = ellipse(x, y, (0.2, -0.12), (0.27, 0.29))
    femur = union(shaft, union(front, back), 0.25)
    plateau = capsule(u, v, (-0.2, 0.43), (0.32, 0.43), 0.12)
    tuberosity = ellipse(u, v, (-0.17, 0.62), (0.14, 0.16))
    shaft = capsule(u, v, (0.06, 0.6), (0.1, 1.7), canvas.uniform(0.17, 0.21))
    tibia = union(union(plateau, tuberosity), shaft, 0.25)
    px, py = rotate(x, y, canvas.uniform(-0.1, 0.25), about=(-0.56, -0.2))
    patella = ellipse(px, py, (-0.57, -0.2), (0.1, 0.19))

    def layer(bone: Tensor, window: Tensor) -> Tensor:
        """A layer on a bone that thins out where the window ends, and is worn in places."""
        worn = 1 - 0.5 * torch.sigmoid(4 * (canvas.smooth(6) - 0.8))
        return torch.maximum(bone - canvas.uniform(0.055, 0.09) * worn * window, -bone)

    ends = ((0.37 - (u - 0.06).abs()) / 0.1).clamp(0, 1)
    cartilage = layer(femur, ((y + 0.28) / 0.15).clamp(0, 1))
    cartilage = torch.minimum(cartilage, layer(tibia, ((0.42 - v) / 0.1).clamp(0, 1) * ends))
    cartilage = torch.minimum(cartilage, layer(patella, ((px + 0.57) / 0.06).clamp(0, 1)))

    distances = torch.stack([femur, tibia, patella, cartilage], dim=1)  # (B, 4, H, W)
    nearest, labels = distances.min(dim=1)
    labels = torch.where(nearest < 0, labels + 1, 0)

    def tissue(low: float, high: float, grain: float = 0.0) -> Tensor:
        return canvas.uniform(low, high) + grain * canvas.smooth(16)

    image = torch.full_like(x, 0.02)
    skin = (x + 0.02 + 0.05 * (3 * y).sin()).abs() - canvas.uniform(0.76, 0.84)  # the leg's outline
    bones = torch.minimum(torch.minimum(femur, tibia), patella)
    fat, muscle = tissue(0.72, 0.85, 0.03), tissue(0.26, 0.36, 0.05)
    tendon, marrow = canvas.uniform(0.04, 0.12), tissue(0.55, 0.68, 0.035)
    joint = torch.maximum((femur + tibia) / 2 - 0.06, ellipse(x, y, (0.05, 0.2), (0.42, 0.3)))
    artery = capsule(x, y, (0.62, -1.5), (0.5, 1.5), 0.04)  # dark, because its blood moves on
    painted = (
        (skin, fat),
        (torch.maximum(skin + 0.1, -(x + 0.3)), muscle),  # behind the knee
        (ellipse(x, y, (-0.36, 0.14), (0.2, 0.24)), fat * 0.95),  # Hoffa's fat pad
        (joint, tissue(0.6, 0.95)),  # fluid
        (capsule(u, v, (-0.3, 0.3), (-0.2, 0.28), 0.05), tendon),  # menisci
        (capsule(u, v, (0.36, 0.28), (0.44, 0.3), 0.06), tendon),
        (capsule(x, y, (-0.64, -0.05), (-0.3, 0.66), 0.035), tendon),  # patellar tendon
        (capsule(x, y, (-0.64, -0.35), (-0.42, -1.5), 0.045), tendon),  # of the quadriceps
        (artery, tendon * 1.5),
        (bones - 0.012, tendon),  # cortical bone is black
        (bones + 0.03, marrow),
        (cartilage, tissue(0.4, 0.52, 0.03)),
    )
    for shape, value in painted:
        image = torch.lerp(image, value.expand_as(image), canvas.fill(shape, 1.5))

    coil = 1 + 0.14 * canvas.smooth(2) * canvas.fill(skin, 8)  # a coil hears near tissue better
    level = canvas.uniform(0.02, 0.05)
    image = (
        (image * coil + level * canvas.noise()).square() + (level * canvas.noise()).square()
    ).sqrt()
    flip = canvas.uniform(-1, 1) < 0
    image, labels = (torch.where(flip, part.flip(-1), part) for part in (image, labels))
    return image.clamp(0, 1), labels


def chests(n: int, size: int = 64, seed: int = 0) -> Chests:
    """Draw `n` chest radiographs: lungs, heart, ribs, clavicles, vessels, and up to 3 nodules.

    A nodule's radius is 3 to 7 % of the width; ribs and vessels are as bright as the fainter ones,
    and vessels seen end on are round. Card: `data.card("anatomy")`. Shown in: 03_cnn/09_medicine.

    >>> chests(2).boxes.shape
    torch.Size([2, 3, 4])
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = [_chests(Canvas(min(BATCH, n - i), size, generator)) for i in range(0, n, BATCH)]
    return Chests(*(torch.cat(parts) for parts in zip(*drawn, strict=True)))


def _chests(canvas: Canvas) -> tuple[Tensor, ...]:
    x, y = canvas.warp(angle=0.05, scale=0.06, shift=0.05, bend=0.015)
    side = x.abs()
    deep = canvas.uniform(0.5, 0.62) - 0.06 * (x < 0)  # the liver lifts the diaphragm on this side
    cage = ellipse(side - 0.1 * y.clamp(max=0.3), y, (0.4, 0.02), (0.33, 0.8))
    dome = deep - y + 1.1 * (side - 0.38).square()
    lungs = torch.maximum(cage, -dome)
    turned = rotate(x, y, canvas.uniform(-0.5, -0.3), about=(0.16, 0.3))
    heart = ellipse(*turned, (0.16, 0.3), (0.32, 0.25))
    aorta = ellipse(x, y, (0.12, -0.28), (0.1, 0.1))
    middle = torch.minimum(capsule(x, y, (0.0, -1.5), (0.0, 1.5), 0.12), aorta)
    air = torch.maximum(lungs, -union(heart, middle))

    trunk = torch.maximum(side - 0.93 - 0.03 * y, -y - 0.97 + 0.45 * side.square())  # and shoulders
    body = union(trunk, capsule(x, y, (0.0, -1.6), (0.0, -0.9), 0.22), 0.3)
    image = 0.03 + canvas.fill(body, 4) * (0.6 + 0.08 * y + 0.03 * canvas.smooth(4))
    image = image + 0.08 * canvas.fill(middle, 3) + 0.06 * canvas.fill(heart, 5)
    dark = canvas.uniform(0.36, 0.46) + 0.03 * canvas.smooth(4)
    image = image - dark * canvas.fill(air, 4)

    chest = canvas.fill(cage - 0.07, 3)
    front = chest * (side > 0.28)
    # A rib rises behind, then falls to the side; in front it falls to the middle, fainter.
    for rib in range(9):
        top = 0.17 * rib - 0.8
        behind = (y - top - 0.25 * side + 0.4 * side - 1.1 * (side - 0.3).square()).abs() - 0.028
        before = (y - top - 0.5 + 0.6 * side - 0.2 * side.square()).abs() - 0.032
        image = image + chest * canvas.fill(behind, 2) * canvas.uniform(0.06, 0.12)
        image = image + front * canvas.fill(before, 3) * canvas.uniform(0.01, 0.05)
    collar = capsule(side, y, (0.07, -0.68), (0.72, -0.76), 0.035)
    image = image + 0.12 * canvas.fill(collar, 2)

    lung = canvas.fill(air, 3)
    for branch in range(14):  # vessels, from where they enter the lung outwards
        hand = 1 if branch % 2 else -1
        angle, far = canvas.uniform(-1.3, 1.3), canvas.uniform(0.2, 0.5)
        root = (hand * 0.2, canvas.uniform(-0.1, 0.1))
        tip = (root[0] + hand * far * angle.cos(), root[1] + far * angle.sin())
        near = ((x - root[0]).square() + (y - root[1]).square()).sqrt()
        width = 0.028 * (1 - near / 0.6).clamp(0.15, 1)
        vessel = canvas.fill(capsule(x, y, root, tip, 0) - width, 2)
        image = image + lung * vessel * canvas.uniform(0.06, 0.14)
        end_on = (hand * canvas.uniform(0.25, 0.5), canvas.uniform(-0.3, 0.4))
        dot = ellipse(x, y, end_on, (0.022, 0.022))
        image = image + lung * canvas.fill(dot, 2) * canvas.uniform(0.0, 0.16)

    cover, *nodules = _nodules(canvas, air < -0.05)
    image = (image + cover) * (1 + 0.06 * canvas.smooth(2))
    image = image + 0.02 * canvas.noise() + 0.012 * canvas.smooth(24)
    return image.clamp(0, 1)[:, None], *nodules, lungs < 0


def _nodules(canvas: Canvas, free: Tensor) -> tuple[Tensor, ...]:
    """Place up to three soft discs with their centres where it is `free`, not one upon another."""
    size, generator = canvas.size, canvas.generator
    place = torch.multinomial(free.flatten(1).float() + 1e-6, 3, generator=generator)  # (B, 3)
    centres = torch.stack([place % size, place // size], dim=-1) + 0.5  # (B, 3, 2)
    radii = size * (0.03 + 0.04 * torch.rand(canvas.B, 3, generator=generator))
    contrast = 0.1 + 0.14 * torch.rand(canvas.B, 3, generator=generator)
    apart = torch.cdist(centres, centres) - radii[:, None] - radii[:, :, None]
    clash = (apart < 0.05 * size).tril(-1).any(dim=-1)
    there = (torch.arange(3) < torch.randint(4, (canvas.B, 1), generator=generator)) & ~clash

    pixels = torch.arange(size) + 0.5
    dx, dy = (pixels - centres[..., None]).unbind(dim=2)  # (B, 3, size) each
    distance = (dx[..., None, :].square() + dy[..., None].square()).sqrt()  # (B, 3, H, W)
    inwards = radii[..., None, None] - distance
    cover = (inwards / (0.04 * size) + 0.5).clamp(0, 1) * (contrast * there)[..., None, None]
    boxes = torch.cat([centres - radii[..., None], centres + radii[..., None]], dim=-1)
    return (
        cover.sum(dim=1),
        boxes.clamp(0, size) * there[..., None],
        there.long() - 1,
        centres * there[..., None],
        radii * there,
        contrast * there,
        (inwards > 0) & there[..., None, None],
    )
