import pytest
import torch

from dlcourse.models.vision.unet import UNet


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("skips", [True, False])
def test_a_picture_comes_out_as_large_as_it_went_in(depth, skips):
    net = UNet(3, 5, width=4, depth=depth, skips=skips)
    assert net(torch.rand(2, 3, 16, 24)).shape == (2, 5, 16, 24)


def test_a_size_that_cannot_be_halved_is_refused_before_any_work():
    with pytest.raises(ValueError, match=r"20 x 16 cannot be halved 3 times"):
        UNet(1, 1, width=2)(torch.rand(1, 1, 20, 16))


def test_every_weight_takes_part():
    net = UNet(1, 2, width=2, depth=2)
    net(torch.rand(2, 1, 8, 8)).square().sum().backward()
    assert all(weight.grad.abs().sum() > 0 for weight in net.parameters())


def test_only_skips_carry_a_single_pixel_unmoved():
    """Detail finer than the coarsest grid reaches the output through the skips alone."""
    torch.manual_seed(0)
    x = torch.rand(1, 1, 16, 16)
    checkered = x + 0.1 * ((torch.arange(16) + torch.arange(16)[:, None]) % 2)
    for skips in (True, False):
        net = UNet(1, 1, width=4, depth=2, skips=skips).eval()
        with torch.no_grad():
            for block in net.down[1:]:
                block[4].weight.zero_()  # what is below the top level says nothing
                block[4].bias.zero_()
        moved = (net(checkered) - net(x)).abs().max().item()
        assert (moved > 1e-6) == skips
