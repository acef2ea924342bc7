import base64
import io
import sys
import threading

import numpy as np
import pytest
import torch
from PIL import Image

from dlcourse import plot, widgets
from dlcourse.runtime import CourseError
from dlcourse.widgets import base

PHOTO = torch.linspace(0, 1, 12 * 10).reshape(12, 10)


def seven(image):
    """Be nearly sure of a 7, whatever is drawn."""
    assert image.shape == (1, 1, 28, 28)
    assert image.dtype == torch.float32
    assert 0 <= image.min() <= image.max() <= 1
    return torch.tensor([0.01] * 7 + [0.91] + [0.01] * 2)


def curve(w, n, kind, dashed):
    figure, [[axes]] = plot.new(width=3, height=2)
    x = np.linspace(-1, 1, n)
    axes.plot(x, w * x if kind == "line" else w * x**2, linestyle="--" if dashed else "-")
    return figure


def explorer():
    return widgets.Explorer(
        curve, alt="A curve", w=(-1, 1, 0.5), n=(2, 20, 5), kind=["line", "parabola"], dashed=False
    )


ALL = {
    "kernel_editor": lambda: widgets.KernelEditor(PHOTO),
    "digit_pad": lambda: widgets.DigitPad(seven),
    "explorer": explorer,
    "masked_guesser": lambda: widgets.MaskedGuesser(lambda text: [("a", 0.5)], "it is ___ word"),
}


@pytest.fixture(params=ALL)
def widget(request):
    return ALL[request.param]()


def move(widget, **inputs):
    """Do what the view does: send the inputs with the next request."""
    widget.set_state({**inputs, "asked": widget.asked + 1})


# Both renderings


def test_a_build_gets_a_picture_with_alt_text_and_a_line(widget, monkeypatch):
    monkeypatch.setenv("DLCOURSE_STATIC", "1")
    bundle = widget._repr_mimebundle_()
    mime = next(kind for kind in bundle if kind.startswith("image/"))
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(bundle[mime]))).convert("L"))
    assert picture.std() > 5
    assert f'alt="{widget.alt}"' in bundle["text/html"]
    assert widget.hint in bundle["text/html"]
    assert len(widget.alt) > 10
    assert "widget" not in "".join(bundle)


def test_a_reader_gets_the_widget_itself(widget, monkeypatch):
    monkeypatch.delenv("DLCOURSE_STATIC", raising=False)
    if hasattr(widget, "_ipython_display_"):
        pytest.skip("ipywidgets 7 displays by itself")
    shown = widget._repr_mimebundle_()
    data = shown[0] if isinstance(shown, tuple) else shown
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert not any(kind.startswith("image/") for kind in data)


def test_the_representation_is_the_same_each_time():
    for make in ALL.values():
        assert repr(make()) == repr(make())
        assert "0x" not in repr(make())


@pytest.mark.parametrize("name", ALL)
def test_a_view_is_one_short_module_that_asks_nobody(name):
    module = base.asset(f"{name}.js")
    assert module.count("export default { render }") == 1
    assert "import " not in module.replace("No imports", "")
    assert "http" not in module + base.asset(f"{name}.css")
    assert all(len(path.read_text().splitlines()) <= 150 for path in base.STATIC.iterdir())


def test_nothing_touches_pyplot(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # importing it now fails
    for make in ALL.values():
        widget = make()
        widget.update()
        assert widget.picture()


# One request at a time


def test_an_answer_follows_each_request(widget):
    widget.status = "old"
    move(widget)
    assert widget.answered == widget.asked == 1
    assert widget.status != "old"


def test_a_failing_callback_is_told_in_one_line_and_answered():
    broken = []

    def classify(image):
        if broken:
            raise RuntimeError("first line\nsecond line")
        return seven(image)

    pad = widgets.DigitPad(classify)
    broken.append(True)
    move(pad)
    assert pad.status == "RuntimeError: first line"
    assert pad.answered == 1
    broken.clear()
    move(pad)
    assert pad.status.startswith("It sees a 7")


def test_an_interrupt_leaves_nobody_waiting():
    stop = []

    def draw(w):
        if stop:
            raise KeyboardInterrupt
        return np.full((4, 4), w)

    widget = widgets.Explorer(draw, alt="A grey square", w=(0.0, 1.0, 0.5))
    stop.append(True)
    with pytest.raises(KeyboardInterrupt):
        move(widget)
    assert widget.answered == 1


def try_lock():
    got = base.MODEL_LOCK.acquire(blocking=False)
    if got:
        base.MODEL_LOCK.release()
    return got


def test_the_model_is_locked_while_a_widget_uses_it():
    free = []

    def classify(image):
        other = threading.Thread(
            target=lambda: free.append(base.MODEL_LOCK.acquire(blocking=False))
        )
        other.start()
        other.join()
        return seven(image)

    move(widgets.DigitPad(classify))
    assert free == [False, False]
    assert try_lock()


# Kernel editor


def test_filter_photo_is_the_sum_over_each_neighbourhood():
    kernel = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 10]])
    result = widgets.filter_photo(PHOTO, kernel)
    padded = np.pad(PHOTO.numpy(), 1, mode="edge")
    for row, column in [(0, 0), (3, 4), (11, 9)]:
        window = padded[row : row + 3, column : column + 3]
        assert result[row, column].item() == pytest.approx(
            (window * kernel.numpy()).sum(), rel=1e-5
        )
    assert result.shape == PHOTO.shape


def test_stretch_leaves_what_can_be_shown_and_says_what_it_did():
    shown, line = widgets.stretch(PHOTO)
    assert torch.equal(shown, PHOTO)
    assert "as it is" in line
    shown, line = widgets.stretch(PHOTO * 4 - 2)
    assert shown.min() == 0
    assert shown.max() == 1
    assert line == "Stretched for display: -1.96 is black, 1.96 is white."
    shown, _ = widgets.stretch(torch.full((3, 3), 7.0))
    assert shown.isfinite().all()


@pytest.mark.parametrize("name", widgets.PRESETS)
def test_presets_filter_the_photo(name):
    editor = widgets.KernelEditor(PHOTO, name)
    expected = widgets.filter_photo(PHOTO, torch.tensor(widgets.PRESETS[name], dtype=torch.float32))
    assert torch.allclose(editor.result(), expected)
    if name in ("identity", "blur", "sharpen"):
        assert "add up to 1." in editor.status
    if "edges" in name or name == "Laplacian":
        assert "add up to 0." in editor.status


def test_kernel_editor_starts_with_the_deck_s_laplacian_and_follows_the_reader():
    editor = widgets.KernelEditor(PHOTO)
    assert editor.kernel == [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    before = editor.after
    move(editor, kernel=[[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    assert torch.equal(editor.result(), PHOTO)
    assert editor.after != before
    assert editor.after == editor.before


@pytest.mark.parametrize(
    "photo, kernel, says",
    [
        (torch.zeros(4, 4, 3), None, r"\(H, W\)"),
        (torch.full((4, 4), 255.0), None, r"\[0, 1\]"),
        (PHOTO, "sharp", "identity, blur, sharpen"),
        (PHOTO, [[1, 2], [3, 4]], "3 rows of 3"),
        (PHOTO, [[float("nan")] * 3] * 3, "finite"),
    ],
)
def test_kernel_editor_says_what_it_wants(photo, kernel, says):
    with pytest.raises(CourseError, match=says):
        widgets.KernelEditor(photo, kernel)


# Explorer


def test_explorer_keeps_kinds_apart():
    got = {}

    def draw(**values):
        got.update(values)
        return np.zeros((4, 4))

    widget = widgets.Explorer(
        draw, alt="Black", w=(-5, 5, 1.0), n=(1, 9, 3), kind=["a", "b"], on=True
    )
    move(widget, values={"w": 2, "n": 4, "kind": "b", "on": False})  # as JSON brings them
    assert got == {"w": 2.0, "n": 4, "kind": "b", "on": False}
    assert type(got["w"]) is float
    assert type(got["n"]) is int
    assert widget.alt == "Black (w = 2, n = 4, kind = b, on = False)"


def test_explorer_sweeps_every_stop_and_option():
    widget = explorer()
    sweep = widget.sweep()
    assert [values["w"] for values in sweep[:3]] == [-1, 0, 1]
    assert [values["n"] for values in sweep[3:6]] == [2, 11, 20]
    assert {values["kind"] for values in sweep} == {"line", "parabola"}
    assert {values["dashed"] for values in sweep} == {False, True}
    pictures = set()
    for values in sweep:
        move(widget, values=values)
        assert widget.answered == widget.asked
        pictures.add(widget.image)
    assert len(pictures) >= 6


def test_a_live_explorer_finds_the_places_of_its_axes_once_for_the_same_limits(monkeypatch):
    monkeypatch.setenv("DLCOURSE_STATIC", "0")
    asked = []
    reuse = widgets.explorer.plot.reuse_layout
    monkeypatch.setattr(
        widgets.explorer.plot,
        "reuse_layout",
        lambda figure, known: (reuse(figure, known), asked.append(len(known))),
    )
    widget = explorer()
    move(widget, values={**widget.values, "dashed": True})
    move(widget, values={**widget.values, "w": -1})
    assert asked == [1, 1, 2]
    monkeypatch.setenv("DLCOURSE_STATIC", "1")
    move(widget, values={**widget.values, "n": 6})
    assert len(asked) == 3  # a build lays every picture out afresh


@pytest.mark.parametrize("control", [(1, 2), (0, 1, 5), (3, 1, 2), "abc", [], None])
def test_explorer_says_what_a_control_may_be(control):
    with pytest.raises(CourseError, match=r"x=.*\(min, max, start\)"):
        widgets.Explorer(lambda x: np.zeros((2, 2)), alt="Black", x=control)
