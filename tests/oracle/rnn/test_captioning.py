"""The decoder against a recurrence written out by hand."""

import torch

from dlcourse.models.rnn import captioning
from dlcourse.text import BEGIN


def test_the_decoder_is_a_gated_recurrence_over_its_own_words():
    """Cho et al. 2014, with torch's place for the reset gate."""
    torch.manual_seed(0)
    decoder = captioning.WordDecoder(7, width=6)
    words = torch.tensor([[3, 1, 4, 0], [2, 5, 0, 0]])
    code = torch.randn(2, 6)
    state, word, by_hand = code, torch.full((2,), BEGIN), []
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
