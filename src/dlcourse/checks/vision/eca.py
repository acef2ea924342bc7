"""Exercise 4b of 03_vision: channels weighed by their neighbours."""

from collections.abc import Callable

import torch
from torch.nn import functional as F

from dlcourse.checks import expect


def eca(function: Callable) -> None:
    """Check exercise 4b: eca(x, weight) -> out."""
    look = "exercise 4, formula (5); lesson 03_cnn/02_architectures, on squeeze and excitation"
    # Channels with means 1, 2, 3; in the first the pixels differ: a maximum is not the mean.
    x = torch.tensor([[[[0.0, 2.0]], [[2.0, 2.0]], [[3.0, 3.0]]]])
    taps = torch.tensor([0.5, -1.0, 0.25])

    def scaled(*z: float) -> torch.Tensor:
        return x * torch.tensor(z).sigmoid().reshape(1, 3, 1, 1)

    z = -1 * 1 + 0.25 * 2, 0.5 * 1 - 1 * 2 + 0.25 * 3, 0.5 * 2 - 1 * 3
    circular = z[0] + 0.5 * 3, z[1], z[2] + 0.25 * 1
    turned = 0.5 * 2 - 1, 0.25 * 1 - 2 + 0.5 * 3, 0.25 * 2 - 3
    highest = -2 + 0.25 * 2, 0.5 * 2 - 2 + 0.25 * 3, z[2]
    competing = x * torch.tensor(z).softmax(0).reshape(1, 3, 1, 1)
    pixelwise = F.conv1d(
        x.reshape(3, 2).T[:, None], taps[None, None], padding=1
    ).sigmoid()  # (2, 1, 3)
    pixelwise = pixelwise.permute(1, 2, 0).unsqueeze(2)  # (1, 3, 1, 2), as x
    out = expect.result(function, (x, taps), names="x, weight", look=look)
    shape_cause = "each channel is multiplied by one number: out is as large as x"
    expect.tensor(out, tuple(x.shape), name="out", look=look, shape_cause=shape_cause)
    expect.close(
        out,
        scaled(*z),
        name="out for channels of means 1, 2, 3 and weight (0.5, −1, 0.25)",
        cause="the mean of each channel, the filter along the channels, a sigmoid, times x",
        look=look,
        mistakes={
            "the ends are joined in a circle; beyond them there are zeros": scaled(*circular),
            "the filter is turned round: weight[0] belongs to the lower neighbour": scaled(*turned),
            "each channel's maximum is taken; the mean is asked for": scaled(*highest),
            "the sigmoid is missing": x * torch.tensor(z).reshape(1, 3, 1, 1),
            "the channels compete in a softmax; each has a sigmoid of its own": competing,
            "x is added once more: there is no shortcut in the formula": x + scaled(*z),
            "each pixel has its own weights: average over the pixels first": x * pixelwise,
        },
    )
    expect.worked(
        function,
        (torch.cat([x, 2 * x]), taps),
        torch.cat([scaled(*z), 2 * scaled(*(2 * mean for mean in z))]),
        names="x, weight",
        name="out for the same picture and its double in one batch",
        cause="the pictures of a batch are mixed: each has means of its own",
        look=look,
    )
