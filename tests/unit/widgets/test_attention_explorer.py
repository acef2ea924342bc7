import base64
import io
import itertools
import sys

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from PIL import Image

from dlcourse import widgets
from dlcourse.runtime import CourseError
from dlcourse.widgets import base

TOKENS, COLUMNS = ["I", "love", "China"], ["我", "爱", "中", "国"]
NAMES = {"我": "wo", "爱": "ai", "中": "zhong", "国": "guo"}
L, h, T, S = 3, 5, len(TOKENS), len(COLUMNS)
WEIGHTS = torch.randn(L, h, T, S, generator=torch.Generator().manual_seed(0)).mul(3).softmax(-1)


def explorer(**options):
    return widgets.AttentionExplorer(TOKENS, WEIGHTS, COLUMNS, names=NAMES, **options)


def move(widget, **inputs):
    """Do what the view does: send the inputs with the next request."""
    widget.set_state({**inputs, "asked": widget.asked + 1})


def shades(widget):
    return np.frombuffer(widget.shades, "<f4").reshape(len(widget.tokens), len(widget.columns))


def test_every_control_at_its_minimum_middle_and_maximum():
    widget, seen = explorer(), set()
    for layer, head, token in itertools.product((0, 1, L - 1), (-1, 0, 2, h - 1), (0, 1, T - 1)):
        move(widget, layer=layer, head=head, token=token)
        assert widget.answered == widget.asked
        layers = WEIGHTS[layer].numpy()
        wanted = layers.mean(0) if head == -1 else layers[head]
        np.testing.assert_allclose(shades(widget), wanted, atol=1e-6)
        best = wanted[token].argmax()
        assert (
            f"{TOKENS[token]} looks at {COLUMNS[best]} ({wanted[token][best]:.0%})" in widget.status
        )
        assert widget.status.startswith(f"Layer {layer}, {'mean' if head < 0 else f'head {head}'}")
        assert widget.status in widget.alt
        seen.add(widget.status)
    assert len(seen) == 3 * 4 * 3
    assert widget.picture()


@pytest.mark.parametrize(
    "change", [{"layer": L}, {"head": h}, {"head": -2}, {"token": T}, {"token": -1}]
)
def test_what_does_not_exist_is_told_and_answered(change):
    widget = explorer()
    move(widget, **change)
    [(name, value)] = change.items()
    assert widget.status.startswith(f"CourseError: {name}={value}: want")
    assert widget.answered == 1
    with pytest.raises(CourseError, match=f"{name}={value}: want"):
        explorer(**change)


def test_the_picture_needs_no_chinese_font(monkeypatch):
    drawn = []
    text = Axes.text

    def spy(self, x, y, s, **options):
        drawn.append(s)
        return text(self, x, y, s, **options)

    monkeypatch.setattr(Axes, "text", spy)
    assert explorer().picture()  # a missing glyph is a warning, and warnings are errors here
    assert drawn == [*TOKENS, *NAMES.values()]
    drawn.clear()
    assert widgets.AttentionExplorer(COLUMNS, np.eye(4)[None, None]).picture()
    assert drawn == ["#0", "#1", "#2", "#3"] * 2
    drawn.clear()
    named = widgets.AttentionExplorer(COLUMNS, np.eye(4)[None, None], names=list(NAMES.values()))
    assert named.picture()
    assert drawn == list(NAMES.values()) * 2


def test_a_build_gets_a_picture_and_a_reader_the_widget(monkeypatch):
    monkeypatch.setenv("DLCOURSE_STATIC", "1")
    bundle = explorer()._repr_mimebundle_()
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).convert("L"))
    assert pixels.std() > 5
    assert f'alt="{explorer().alt}"' in bundle["text/html"]
    assert explorer().hint in bundle["text/html"]
    monkeypatch.setenv("DLCOURSE_STATIC", "0")
    if not hasattr(explorer(), "_ipython_display_"):
        shown = explorer()._repr_mimebundle_()
        data = shown[0] if isinstance(shown, tuple) else shown
        assert "application/vnd.jupyter.widget-view+json" in data


def test_it_draws_without_pyplot(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # importing it now fails
    assert explorer().picture()


def test_the_view_is_one_short_module_that_asks_nobody():
    module = base.asset("attention_explorer.js")
    assert module.count("export default { render }") == 1
    assert "import " not in module.replace("No imports", "")
    assert "http" not in module + base.asset("attention_explorer.css")


@pytest.mark.parametrize(
    "kind",
    [
        lambda w: w,
        lambda w: w.numpy(),
        lambda w: w.tolist(),
        list,
        lambda w: w.clone().requires_grad_(),
    ],
    ids=["tensor", "array", "nested lists", "list of layers", "with a gradient"],
)
def test_weights_of_every_kind(kind):
    np.testing.assert_allclose(
        shades(widgets.AttentionExplorer(TOKENS, kind(WEIGHTS), COLUMNS, layer=1, head=2)),
        WEIGHTS[1, 2],
        atol=1e-6,
    )


def test_one_token_long_texts_and_a_masked_row():
    one = widgets.AttentionExplorer(["a"], [[[[1.0]]]])
    assert one.status == "Layer 0, head 0: a looks at a (100%)."
    assert one.picture()
    long = widgets.AttentionExplorer(["word"] * 40, np.full((1, 1, 40, 40), 1 / 40), token=39)
    assert long.picture()
    nowhere = widgets.AttentionExplorer(["a", "b"], [[[[0.0, 0], [0.5, 0.5]]]])
    assert nowhere.status == "Layer 0, head 0: a may look nowhere: all is masked."


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        (WEIGHTS[0], r"want \(layers, heads, 3, 4\).*got \(5, 3, 4\)"),
        (WEIGHTS.mT, r"want \(layers, heads, 3, 4\).*got \(3, 5, 4, 3\)"),
        (WEIGHTS[:0], r"want \(layers, heads, 3, 4\)"),
        (torch.randn(1, 1, T, S), "softmax of the scores"),
        (2 * WEIGHTS, "add up to between 2 and 2"),
        (torch.full((1, 1, T, S), float("nan")), "add up to"),
        (None, r"want \(layers, heads, 3, 4\)"),
        (["a"], r"want \(layers, heads, 3, 4\)"),
    ],
)
def test_it_says_what_weights_it_wants(weights, says):
    with pytest.raises(CourseError, match=says):
        widgets.AttentionExplorer(TOKENS, weights, COLUMNS)


def test_the_representation_is_the_same_each_time():
    assert repr(explorer()) == "AttentionExplorer(3 tokens look at 4, 3 layers, 5 heads)"
