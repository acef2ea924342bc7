"""The text net against F.conv1d by hand, word window by word window."""

import torch
from torch.nn import functional as F

from dlcourse.models.cnn.text_cnn import TextCNN


def test_it_is_kims_net():
    torch.manual_seed(0)
    model = TextCNN(50, classes=3, width=12, widths=(2, 3, 4), filters=5).eval()
    words = torch.randint(1, 50, (4, 9))
    x = model.embedding.weight[words]  # (B, T, D)
    for conv in model.convs:
        torch.nn.init.constant_(conv.bias, -6.0)  # so that some maxima are below zero
    parts = []
    for conv in model.convs:
        k = conv.kernel_size[0]
        windows = torch.stack([x[:, t : t + k].flatten(1) for t in range(9 - k + 1)], 1)
        kernel = conv.weight.permute(0, 2, 1).flatten(1)  # (filters, k D): word by word
        answers = windows @ kernel.T + conv.bias
        by_torch = F.conv1d(x.mT, conv.weight, conv.bias).mT
        assert torch.allclose(answers, by_torch, atol=1e-5)
        parts.append(answers.clamp(min=0).amax(1))
    logits = torch.cat(parts, 1) @ model.output.weight.T + model.output.bias
    assert torch.allclose(model(words), logits, atol=1e-5)


def test_published_size():
    """Kim 2014: widths 3, 4, 5 with 100 filters of 300 numbers a word."""
    model = TextCNN(1)
    filters = sum(p.numel() for p in model.convs.parameters())
    assert filters == 300 * 100 * (3 + 4 + 5) + 3 * 100
    assert model.output.in_features == 300


def test_padding_says_nothing_and_dropout_is_off_in_evaluation():
    torch.manual_seed(0)
    model = TextCNN(20, width=6, widths=(2,), filters=4).eval()
    assert model.embedding.weight[0].abs().max() == 0
    words = torch.randint(1, 20, (2, 6))
    assert torch.equal(model(words), model(words))
