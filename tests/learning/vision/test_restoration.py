"""Nets that mend pictures learn: eight squares by heart, unseen ones better than a filter."""

import torch
from scipy.ndimage import gaussian_filter
from torch.nn import functional as F
from torch.utils.data import TensorDataset

from dlcourse import data, runtime, train
from dlcourse.data.patches import cut
from dlcourse.data.photos import photo_tensor
from dlcourse.metrics import psnr
from dlcourse.models.vision.restoration import ESPCN, DnCNN

SETTINGS = {"loss_fn": F.mse_loss, "device": "cpu"}


def test_the_denoiser_overfits_eight_squares():
    clean, _ = cut([photo_tensor("coffee", 96)], 8, 16)
    runtime.set_seed(0)
    noisy = clean + 0.1 * torch.randn_like(clean)
    model = DnCNN(width=32, depth=4)
    train.fit(model, TensorDataset(noisy, clean), epochs=400, batch=8, lr=5e-3, **SETTINGS)
    with torch.no_grad():
        assert psnr(model(noisy), clean) > psnr(noisy, clean) + 12


def test_the_denoiser_beats_a_gaussian_on_a_photograph_it_never_saw():
    clean, _ = cut([photo_tensor(name, 160) for name in ("china", "flower", "coffee")], 1200, 32)
    truth = photo_tensor("astronaut", 160)
    runtime.set_seed(0)
    noisy, new = clean + 0.1 * torch.randn_like(clean), truth + 0.1 * torch.randn_like(truth)
    model = DnCNN(width=16, depth=4)
    train.fit(model, TensorDataset(noisy, clean), epochs=1, batch=4, lr=5e-3, **SETTINGS)
    blurred = [torch.tensor(gaussian_filter(new[0].numpy(), s / 10))[None] for s in range(5, 16)]
    with torch.no_grad():
        assert psnr(model(new[None])[0], truth) > max(psnr(b, truth) for b in blurred) + 0.3


def test_the_enlarger_beats_bicubic_on_faces_it_never_saw():
    faces = torch.from_numpy(data.load_faces()[0][:100, None, :24, :24]).contiguous()
    small = F.avg_pool2d(faces, 3)
    runtime.set_seed(0)
    model = ESPCN(3)
    pairs = TensorDataset(small[:80], faces[:80])
    train.fit(model, pairs, epochs=40, batch=16, lr=3e-3, **SETTINGS)
    bicubic = F.interpolate(small[80:], scale_factor=3.0, mode="bicubic")
    with torch.no_grad():
        assert psnr(model(small[80:]), faces[80:]) > psnr(bicubic, faces[80:]) + 0.3
