import numpy as np
import pytest
import torch

from dlcourse import data, widgets
from dlcourse.runtime import CourseError


def seven(image):
    """Be nearly sure of a 7, whatever is drawn."""
    return torch.tensor([0.01] * 7 + [0.91] + [0.01] * 2)


def test_mnist_frame_leaves_mnist_as_it_is():
    images = data.load_mnist()[1].tensors[0][:100, 0]
    frames = torch.stack([widgets.mnist_frame(image) for image in images])
    assert (frames - images).abs().mean() < 1e-3


def test_mnist_frame_undoes_size_and_place():
    three = torch.tensor(widgets.digit_pad.draw_example(), dtype=torch.float32)
    expected = widgets.mnist_frame(three)
    small = torch.zeros(112, 112)
    small[50:106, 3:59] = three
    assert torch.equal(widgets.mnist_frame(small), expected)
    doubled = three.repeat_interleave(2, 0).repeat_interleave(2, 1)
    assert (widgets.mnist_frame(doubled) - expected).abs().max() < 0.1
    ink = expected.nonzero()
    assert (ink.amax(0) - ink.amin(0) + 1).max() == 20


@pytest.mark.parametrize("row, column", [(0, 0), (55, 55), (0, 30)])
def test_mnist_frame_takes_a_single_dot_anywhere(row, column):
    pixels = torch.zeros(56, 56)
    pixels[row, column] = 0.5
    frame = widgets.mnist_frame(pixels)
    assert frame.shape == (28, 28)
    assert frame.max() == 1


def test_mnist_frame_keeps_all_ink_of_a_lopsided_drawing():
    pixels = torch.zeros(20, 20)
    pixels[:, :3] = 1  # the centre of mass is far left ...
    pixels[-1] = 0.05  # ... and a faint foot reaches far right
    assert widgets.mnist_frame(pixels)[:, 8:].sum().item() == pytest.approx(pixels.sum().item())


def test_digit_pad_tells_the_classifier_s_answer():
    pad = widgets.DigitPad(seven)
    assert pad.probabilities == pytest.approx([0.01] * 7 + [0.91] + [0.01] * 2)
    assert pad.status.startswith("It sees a 7 (91%)")


def test_an_empty_pad_asks_no_model():
    pad = widgets.DigitPad(seven)
    pad._classify = None
    pad.set_state({"ink": memoryview(bytes(56 * 56)), "asked": 1})
    assert pad.status == "The pad is empty. Draw a digit."
    assert pad.probabilities == [0] * 10


def test_digit_pad_starts_from_a_given_digit():
    digit = data.load_mnist()[1].tensors[0][0]
    pad = widgets.DigitPad(seven, example=digit)
    assert pad.pixels().shape == (56, 56)
    seen = np.frombuffer(pad.seen, np.uint8).reshape(28, 28) / 255
    assert np.abs(seen - digit[0].numpy()).mean() < 0.05


@pytest.mark.parametrize("answer", [torch.zeros(10), torch.full((10,), 2.0), torch.ones(3) / 3])
def test_digit_pad_wants_probabilities(answer):
    with pytest.raises(CourseError, match="10 probabilities that add up to 1"):
        widgets.DigitPad(lambda image: answer)
