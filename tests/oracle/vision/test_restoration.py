"""Nets that mend pictures against counts and names of the published files, and NumPy."""

import numpy as np
import pytest
import torch

from dlcourse.models.vision.restoration import EDSR, ESPCN, DnCNN


def count(model: torch.nn.Module) -> int:
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def test_the_published_sizes():
    with torch.device("meta"):
        assert count(DnCNN()) == 555_137
        assert count(DnCNN(depth=20)) == 555_137 + 3 * 36_928
        assert count(EDSR(4)) == 1_517_571
        assert count(EDSR(2)) == 1_369_859
        assert count(EDSR(3)) == 1_554_499


def test_the_names_are_those_of_the_published_files():
    """KAIR's dncnn_25.pth has convolutions at even places.

    EDSR-PyTorch's edsr_baseline_x4 has head, body and tail.
    """
    assert list(DnCNN().state_dict()) == [
        f"model.{2 * i}.{part}" for i in range(17) for part in ("weight", "bias")
    ]
    names = set(EDSR(4).state_dict())
    ends = ("weight", "bias")
    body = {f"body.{i}.body.{j}.{end}" for i in range(16) for j in (0, 2) for end in ends}
    rest = ("sub_mean", "add_mean", "head.0", "body.16", "tail.0.0", "tail.0.2", "tail.1")
    assert names == body | {f"{name}.{end}" for name in rest for end in ends}


def test_espcn_lays_sixteen_channels_out_as_squares():
    """With all weights zero but the last bias, pixel (i, j) of each 4x4 square gets bias 4i + j."""
    model = ESPCN(4)
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    model.model[-1].bias.data = torch.arange(16.0)
    with torch.no_grad():
        large = model(torch.zeros(2, 1, 3, 5))[:, 0].numpy()
    assert np.array_equal(large, np.tile(np.arange(16.0).reshape(4, 4), (2, 3, 5)))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_edsr_without_detail_gives_the_mean_colour(scale):
    model = EDSR(scale, width=8, blocks=1)
    torch.nn.init.zeros_(model.tail[1].weight)
    torch.nn.init.zeros_(model.tail[1].bias)
    with torch.no_grad():
        large = model(torch.rand(1, 3, 4, 5))
    mean = torch.tensor([0.4488, 0.4371, 0.4040])[:, None, None]
    assert large.shape == (1, 3, 4 * scale, 5 * scale)
    assert torch.allclose(large, mean.expand_as(large), atol=1e-6)


def test_an_untrained_denoiser_takes_away_what_its_chain_says():
    torch.manual_seed(0)
    model, y = DnCNN(width=4, depth=3), torch.rand(1, 1, 6, 7)
    with torch.no_grad():
        assert torch.equal(model(y), y - model.model(y))


def test_a_scale_that_edsr_lacks_is_refused():
    with pytest.raises(ValueError, match="2, 3 or 4"):
        EDSR(5)
