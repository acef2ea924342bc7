"""Regions against SciPy's interpolation, the decoder against a recurrence written out by hand."""

import numpy as np
import torch
from scipy.ndimage import map_coordinates

from dlcourse.models import captioning


def test_regions_are_bilinear_samples_also_beyond_the_map():
    torch.manual_seed(0)
    features = torch.randn(2, 3, 10, 12)
    corner, extent = 24 * torch.rand(20, 2) - 2, 1 + 9 * torch.rand(20, 2)
    boxes, picture = torch.cat([corner, corner + extent], dim=1), torch.randint(2, (20,))
    ours = captioning.crop_regions(features, boxes, picture, size=3, scale=0.5)
    for cut, (x1, y1, x2, y2), b in zip(ours, boxes.tolist(), picture, strict=True):
        thirds = np.array([1, 3, 5]) / 6
        x, y = 0.5 * (x1 + (x2 - x1) * thirds), 0.5 * (y1 + (y2 - y1) * thirds)
        places = np.stack(np.meshgrid(y, x, indexing="ij")) - 0.5  # SciPy counts from pixel centres
        for channel, of in zip(cut, features[b].double().numpy(), strict=True):
            theirs = map_coordinates(of, places, order=1, mode="grid-constant")
            assert np.allclose(channel, theirs, atol=1e-4)


def test_the_decoder_is_a_gated_recurrence_over_its_own_words():
    """Cho et al. 2014, with torch's place for the reset gate."""
    torch.manual_seed(0)
    decoder = captioning.WordDecoder(7, width=6)
    words = torch.tensor([[3, 1, 4, 0], [2, 5, 0, 0]])
    code = torch.randn(2, 6)
    state, word, by_hand = code, torch.zeros(2, dtype=torch.int64), []
    p = dict(decoder.gru.named_parameters())
    with torch.no_grad():
        for t in range(4):
            x = decoder.embed.weight[word] @ p["weight_ih_l0"].T + p["bias_ih_l0"]
            h = state @ p["weight_hh_l0"].T + p["bias_hh_l0"]
            (xr, xz, xn), (hr, hz, hn) = x.chunk(3, dim=1), h.chunk(3, dim=1)
            reset, keep = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
            state = keep * state + (1 - keep) * torch.tanh(xn + reset * hn)
            by_hand.append(state @ decoder.out.weight.T + decoder.out.bias)
            word = words[:, t]
        assert torch.allclose(decoder(code, words), torch.stack(by_hand, dim=1), atol=1e-6)
