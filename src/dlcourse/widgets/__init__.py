"""Things to move, draw and click in a lesson; in a build they render as a picture.

Each is the last expression of its cell, works by mouse, finger and keyboard, and computes in a
plain function that a test can import.
"""

from dlcourse.widgets.attention_explorer import AttentionExplorer
from dlcourse.widgets.base import CourseWidget
from dlcourse.widgets.digit_pad import DigitPad, mnist_frame
from dlcourse.widgets.explorer import Explorer
from dlcourse.widgets.kernel_editor import PRESETS, KernelEditor, filter_photo, stretch
from dlcourse.widgets.masked_guesser import MaskedGuesser

__all__ = [
    "PRESETS",
    "AttentionExplorer",
    "CourseWidget",
    "DigitPad",
    "Explorer",
    "KernelEditor",
    "MaskedGuesser",
    "filter_photo",
    "mnist_frame",
    "stretch",
]
