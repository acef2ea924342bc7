import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from dlcourse import plot, train


def pixels(encoded: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")) / 255


def test_an_array_survives_encoding():
    array = np.linspace(0, 1, 12).reshape(3, 4)
    shown = pixels(plot.encode(array))
    assert shown.shape == (3, 4, 3)
    assert np.abs(shown[..., 0] - array).max() <= 0.5 / 255


def test_a_photograph_is_a_jpeg_and_a_drawing_a_png():
    array = np.random.default_rng(0).random((20, 30, 3))
    assert plot.encode(array, photograph=True)[:2] == b"\xff\xd8"
    assert plot.encode(array)[1:4] == b"PNG"


def test_a_quick_picture_is_the_same_and_larger():
    slope = np.tile(np.linspace(0, 1, 64), (48, 1))
    quick, small = plot.encode(slope, quick=True), plot.encode(slope)
    assert (pixels(quick) == pixels(small)).all()
    assert len(quick) > len(small)


def labelled(height, title="one line"):
    figure, axes = plot.new(1, 2, width=4, height=2)
    axes[0, 0].plot([0, 1], [0, height])
    axes[0, 0].set(xlabel="x", ylabel="y", title=title)
    axes[0, 1].imshow(np.eye(4))
    return figure


def test_a_layout_is_found_once_and_is_the_one_that_drawing_finds():
    known = {}
    for figure in (labelled(1), labelled(1), labelled(1000), labelled(1, "two\nlines")):
        alone = labelled(figure.axes[0].get_lines()[0].get_ydata()[1], figure.axes[0].get_title())
        plot.reuse_layout(figure, known)
        assert np.array_equal(pixels(plot.encode(figure)), pixels(plot.encode(alone)))
    assert len(known) == 3


def test_values_outside_the_range_are_clipped():
    assert pixels(plot.encode(np.array([[-3.0, 7.0]])))[0, :, 0].tolist() == [0, 1]


def test_a_mimebundle_holds_the_picture_beside_its_alt_text():
    encoded = plot.encode(np.zeros((2, 2)))
    bundle = plot.mimebundle(encoded, 'two "black" rows')
    assert base64.b64decode(bundle["image/png"]) == encoded
    assert 'alt="two &quot;black&quot; rows"' in bundle["text/html"]
    assert bundle["text/plain"] == 'Figure: two "black" rows'


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_a_figure_without_alt_text_is_refused(alt):
    with pytest.raises(ValueError, match="say in a sentence"):
        plot.mimebundle(b"", alt)


def test_the_palette_can_be_told_apart_without_colour():
    """Two neighbours of the cycle never share a stroke, and no two lines share both."""
    assert len(plot.STROKES) >= len(plot.PALETTE)
    assert len({str(stroke) for stroke in plot.STROKES}) == len(plot.STROKES)


def history() -> train.History:
    return train.History([2.0, 1.0, 0.5, 0.4], [2, 4], [1.2, 0.6], [0.5, 0.9], 1.0)


def test_curves_draw_the_history():
    figure = plot.curves(history())
    loss, error = figure.axes
    assert loss.lines[0].get_ydata().tolist() == [2.0, 1.0, 0.5, 0.4]
    assert error.lines[0].get_ydata() == pytest.approx([50, 10])
    assert loss.get_xlabel()
    assert loss.get_ylabel()
    assert error.get_ylabel() == "%"


def test_curves_of_a_history_without_held_out_examples_or_steps():
    for empty in (train.History([1.0, 0.5]), train.History()):
        figure = plot.curves(empty, loss_name="mean square")
        assert [axis.get_ylabel() for axis in figure.axes] == ["mean square"]
        assert len(plot.encode(figure)) > 100


def test_the_live_curve_updates_one_image_and_is_silent_in_a_build(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    monkeypatch.setenv("DLCOURSE_STATIC", "1")
    live = plot.LiveCurve()
    live(None, history())
    assert shown == []
    monkeypatch.setenv("DLCOURSE_STATIC", "0")
    live(None, history())
    first = live.image.source
    live(None, train.History([3.0, 1.0]))  # too soon
    assert live.image.source == first
    live.due = 0.0
    live(None, train.History([9.0, 1.0]))
    assert shown == [live.image]
    assert live.image.source != first
    assert live.image.alt == "Training, live: cross-entropy 9.00 at first, 1.00 at step 2"


def test_a_live_curve_of_one_cell_is_not_updated_from_another(monkeypatch):
    shown, shell = [], SimpleNamespace(execution_count=7)
    monkeypatch.setattr("IPython.display.display", shown.append)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setenv("DLCOURSE_STATIC", "0")
    live = plot.LiveCurve("a net, seed 0")
    for shell.execution_count, losses in [(7, [2.0, 1.0]), (7, [2.0, 0.9]), (8, [5.0, 4.0])]:
        live.due = 0.0
        live(None, train.History(losses))
    assert len(shown) == 2
    assert [image.alt[-21:] for image in shown] == [
        "first, 0.90 at step 2",
        "first, 4.00 at step 2",
    ]


def test_grids_leave_the_last_places_empty():
    figure = plot.image_grid(np.zeros((5, 1, 4, 4)), ["a"], columns=4)
    assert [len(axis.images) for axis in figure.axes] == [1, 1, 1, 1, 1, 0, 0, 0]
    assert figure.axes[0].get_title() == "a"


def test_filters_share_one_scale_that_is_white_at_zero():
    figure = plot.filters(np.stack([np.full((3, 3), -1.0), np.full((3, 3), 2.0)]))
    limits = {axis.images[0].get_clim() for axis in figure.axes if axis.images}
    assert limits == {(-2.0, 2.0)}


def test_numbers_and_bars_write_their_values():
    _, axes = plot.new(1, 2)
    plot.numbers(axes[0, 0], [[1, -4]])
    plot.bars(axes[0, 1], {"a": 1.5, "b": 20})
    assert [text.get_text() for text in axes[0, 0].texts] == ["1", "-4"]
    assert [text.get_text() for text in axes[0, 1].texts] == ["1.5", "20"]
