"""Chapter 03's nets against plain torch functions on the same weights, and the drawn world's speed.

Prints ratios of medians taken in turn in one run, and the share of the machine's arithmetic used.
"""

import torch
from bench_start import medians, peak
from torch import Tensor
from torch.nn import functional as F

from dlcourse import runtime
from dlcourse.data import scenes
from dlcourse.models import cnn
from dlcourse.models.summary import summarise
from dlcourse.models.vision.unet import UNet


def conv_bn(w: dict[str, Tensor], conv: str, bn: str, x: Tensor, stride: int = 1) -> Tensor:
    kernel = w[f"{conv}.weight"]
    x = F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)
    mean, var = w[f"{bn}.running_mean"], w[f"{bn}.running_var"]
    return F.batch_norm(x, mean, var, w[f"{bn}.weight"], w[f"{bn}.bias"], training=True)


def plain_resnet18(w: dict[str, Tensor], x: Tensor) -> Tensor:
    x = F.max_pool2d(F.relu(conv_bn(w, "conv1", "bn1", x, 2)), 3, stride=2, padding=1)
    for stage in range(1, 5):
        for block in (f"layer{stage}.0", f"layer{stage}.1"):
            stride = 2 if stage > 1 and block.endswith("0") else 1
            y = F.relu(conv_bn(w, f"{block}.conv1", f"{block}.bn1", x, stride))
            y = conv_bn(w, f"{block}.conv2", f"{block}.bn2", y)
            if stride == 2:
                x = conv_bn(w, f"{block}.downsample.0", f"{block}.downsample.1", x, 2)
            x = F.relu(x + y)
    return F.linear(x.mean(dim=(2, 3)), w["fc.weight"], w["fc.bias"])


def plain_unet(w: dict[str, Tensor], x: Tensor, depth: int = 3) -> Tensor:
    def double(name: str, x: Tensor) -> Tensor:
        x = F.relu(conv_bn(w, f"{name}.0", f"{name}.1", x))
        return F.relu(conv_bn(w, f"{name}.3", f"{name}.4", x))

    kept = []
    for level in range(depth + 1):
        x = double(f"down.{level}", F.max_pool2d(x, 2) if level else x)
        kept.append(x)
    for level in range(depth):
        x = F.interpolate(x, scale_factor=2.0)
        x = double(f"up.{level}", torch.cat([x, kept[depth - 1 - level]], dim=1))
    return F.conv2d(x, w["head.weight"], w["head.bias"])


def step(forward, parameters: list[Tensor], x: Tensor) -> None:
    """One step of plain gradient descent on the mean square of the output."""
    forward(x).square().mean().backward()
    with torch.no_grad():
        for parameter in parameters:
            parameter -= 1e-4 * parameter.grad
            parameter.grad = None


def against_plain(name: str, model: torch.nn.Module, plain, x: Tensor, flops: float) -> None:
    """Time training steps of the model and of functions on its weights; they must agree first."""
    model.train()
    weights = dict(model.named_parameters()) | dict(model.named_buffers())
    assert torch.allclose(model(x), plain(weights, x), atol=1e-4), name
    parameters = list(model.parameters())
    ours, peer = medians(
        lambda: step(model, parameters, x),
        lambda: step(lambda x: plain(weights, x), parameters, x),
        times=7,
    )
    gflop = 3 * 2 * flops * len(x)  # two a product, forward and twice that backward
    share = gflop / ours / peak()
    print(
        f"{name:<34} {1000 * ours:7.1f} ms a step   {peer / ours:4.2f} of plain torch's speed   "
        f"{share:4.0%} of the arithmetic peak"
    )


def loops(x: Tensor, w: Tensor) -> Tensor:
    H, W = (side - len(w) + 1 for side in x.shape)
    return torch.stack(
        [(w * x[i : i + len(w), j : j + len(w)]).sum() for i in range(H) for j in range(W)]
    ).reshape(H, W)


def unfold(x: Tensor, w: Tensor) -> Tensor:
    B, _, H, W = x.shape
    y = w.flatten(1) @ F.unfold(x, w.shape[-1], padding=1)
    return y.reshape(B, len(w), H, W)


def convolutions() -> None:
    """Time the lesson's ways: loops on a photograph; unfold and F.conv2d on a layer as well."""
    photo, kernel = torch.rand(256, 256), torch.rand(3, 3)
    slow, middle = medians(
        lambda: loops(photo, kernel), lambda: unfold(photo[None, None], kernel[None, None]), times=3
    )
    layer = torch.rand(8, 16, 64, 64), torch.rand(32, 16, 3, 3)
    unfolded, fast = medians(lambda: unfold(*layer), lambda: F.conv2d(*layer, padding=1), times=7)
    print(f"a photograph: loops take {slow / middle:.0f} times as long as unfold")
    print(f"a layer: unfold takes {unfolded / fast:.1f} times as long as F.conv2d")


def world(n: int = 2048) -> None:
    def everything() -> None:
        drawn = scenes.draw(n)
        _ = drawn.masks, drawn.semantic, drawn.parts

    scenes.draw(64)
    truth, image = medians(everything, lambda: scenes.draw(n), times=3)
    print(
        f"drawn world: {n / image:,.0f} scenes of 64 x 64 a second, {n / truth:,.0f} with all masks"
    )


def main() -> None:
    runtime.set_seed(0)
    with torch.device("cpu"):
        resnet, unet = cnn.ResNet(cnn.ResNetConfig.published("resnet18")), UNet(3, 9, width=16)
    for name, model, plain, x in (
        ("ResNet-18, 8 images of 224 x 224", resnet, plain_resnet18, torch.rand(8, 3, 224, 224)),
        ("ResNet-18, 32 images of 64 x 64", resnet, plain_resnet18, torch.rand(32, 3, 64, 64)),
        ("U-Net, 32 images of 64 x 64", unet, plain_unet, torch.rand(32, 3, 64, 64)),
    ):
        products = sum(row.multiply_adds for row in summarise(model, tuple(x.shape[1:])))
        against_plain(name, model, plain, x, products)
    convolutions()
    world()


if __name__ == "__main__":
    main()
