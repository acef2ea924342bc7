"""Look into a trained net: what layers answer, how far they see, which pixels matter.

Saliency maps are (B, H, W), one for each picture, for the class asked: the logit of `classes` (B,).
The model is used as it stands, so call `model.eval()` first.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlcourse.runtime import CourseError


def activations(model: nn.Module, layers: Iterable[str], x: Tensor) -> dict[str, Tensor]:
    """Return what the named layers of a model give on its way from x: name to tensor.

    Names are those of `model.named_modules()`; gradients flow. Shown in: 03_cnn/03_what_a_cnn_sees.

    >>> activations(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), ["0"], torch.ones(1, 2))["0"].shape
    torch.Size([1, 3])
    """
    found: dict[str, Tensor] = {}

    def keep(name: str):
        return lambda module, inputs, output: found.__setitem__(name, output)

    hooks = [model.get_submodule(name).register_forward_hook(keep(name)) for name in layers]
    try:
        model(x)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def receptive_field(layers: Iterable[nn.Module]) -> tuple[int, int, float]:
    """Return how many pixels a unit sees, the step to its neighbour's view, and the first centre.

    `layers` are those on the way, in order: convolutions and poolings count, square ones, also with
    dilation; all others see pixel by pixel. The centre is in pixels, the first pixel's being 0.
    Dumoulin and Visin 2016; Araujo, Norris and Sim 2019. Shown in: 03_cnn/03_what_a_cnn_sees.

    >>> receptive_field([nn.Conv2d(1, 1, 3), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3)])
    (8, 2, 3.5)
    """
    size, jump, centre = 1, 1, 0.0
    for layer in layers:
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
            kernel, stride, padding, dilation = (
                value if isinstance(value, int) else value[0]
                for name in ("kernel_size", "stride", "padding", "dilation")
                for value in [getattr(layer, name, 1)]
            )
            reach = dilation * (kernel - 1)
            centre += (reach / 2 - padding) * jump
            size += reach * jump
            jump *= stride
    return size, jump, centre


def gradient(model: nn.Module, x: Tensor, classes: Tensor) -> Tensor:
    """Return |d logit / d pixel|, the largest over colours (Simonyan, Vedaldi, Zisserman 2013).

    Shown in: 03_cnn/03_what_a_cnn_sees.
    """
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        (slope,) = torch.autograd.grad(_of(model(x), classes).sum(), x)  # (B, C, H, W)
    return slope.abs().amax(dim=1)


def grad_cam(model: nn.Module, layer: str, x: Tensor, classes: Tensor) -> Tensor:
    """Return where a layer's maps speak for a class, at the size of x: Selvaraju et al. 2017.

    alpha_k is the mean slope of the logit over map k (equation 1), and the picture is
    ReLU(sum_k alpha_k A^k) (equation 2). Shown in: 03_cnn/03_what_a_cnn_sees.
    """
    x = x.detach().requires_grad_()  # so that there is a way back even through frozen weights
    with torch.enable_grad():
        found = activations(model, [layer, ""], x)  # "" is the model itself
        A, logits = found[layer], found[""]  # (B, K, h, w), (B, classes)
        (slope,) = torch.autograd.grad(_of(logits, classes).sum(), A)
    alpha = slope.mean(dim=(2, 3), keepdim=True)  # (B, K, 1, 1)
    cam = F.relu((alpha * A).sum(dim=1, keepdim=True)).detach()  # (B, 1, h, w)
    return F.interpolate(cam, size=x.shape[-2:], mode="bilinear", align_corners=False)[:, 0]


def occlusion(
    model: nn.Module, x: Tensor, classes: Tensor, *, patch: int = 8, stride: int = 4
) -> Tensor:
    """Return how far the logit falls where a grey square covers a place (Zeiler and Fergus 2014).

    Each pixel gets the mean fall over the squares that cover it; what never falls is 0. Height and
    width less `patch` must be multiples of `stride`; raises CourseError otherwise.
    Shown in: 03_cnn/03_what_a_cnn_sees.
    """
    B, _, H, W = x.shape
    if (H - patch) % stride or (W - patch) % stride:
        raise CourseError(f"squares of {patch} in steps of {stride} do not tile {H} x {W}")
    fall, covered = x.new_zeros(B, H, W), x.new_zeros(H, W)
    with torch.no_grad():
        whole = _of(model(x), classes)  # (B,)
        for top in range(0, H - patch + 1, stride):
            for left in range(0, W - patch + 1, stride):
                square = (..., slice(top, top + patch), slice(left, left + patch))
                hidden = x.clone()
                hidden[square] = 0.5
                fall[square] += (whole - _of(model(hidden), classes))[:, None, None]
                covered[square] += 1
    return F.relu(fall / covered)


def _of(logits: Tensor, classes: Tensor) -> Tensor:
    """Return each picture's logit of the class asked (B,)."""
    return logits.gather(1, classes[:, None])[:, 0]
