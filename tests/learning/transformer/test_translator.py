"""The stored translator is as good as its card says, and translates what it never saw together."""

import pytest
import torch

from dlcourse import data
from dlcourse.data import translation
from dlcourse.models.transformer.transformer import Transformer, TransformerConfig, beam_search


def test_the_checkpoint_does_what_its_card_says():
    sizes = len(translation.CHARACTERS), len(translation.WORDS)
    config = TransformerConfig(
        *sizes, D=64, layers=1, h=4, F=128, norm="pre", dropout=0.0, tied=False
    )
    model = Transformer(config)
    model.load_state_dict(data.checkpoint("translator"))
    new = translation.write(500, seed=1, held_out=True)
    with torch.no_grad():
        right = model.eval()(new.source, new.target).argmax(dim=-1) == new.target
    card, words = data.checkpoint_card("translator")["metrics"], new.target > 0
    sentences = (right | ~words).all(dim=1).float().mean().item()
    assert sentences == pytest.approx(card["sentences"], abs=0.006)
    assert right[words].float().mean().item() == pytest.approx(card["words"], abs=0.002)
    written, _ = beam_search(model, translation.CHARACTERS.encode(["我爱中国"]))
    assert translation.WORDS.decode(written[0]) == "I love China"
