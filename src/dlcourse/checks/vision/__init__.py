"""Visible checks of assignment 03_vision: worked numbers and properties, with causes.

Every check takes the student's function and raises CheckFailed at the first thing that is wrong.
"""

from dlcourse.checks.vision.adain import adain
from dlcourse.checks.vision.eca import eca
from dlcourse.checks.vision.eca_widths import eca_widths
from dlcourse.checks.vision.fcos_targets import fcos_targets
from dlcourse.checks.vision.giou import giou
from dlcourse.checks.vision.soft_nms import soft_nms
from dlcourse.checks.vision.tversky import tversky_loss

__all__ = ["adain", "eca", "eca_widths", "fcos_targets", "giou", "soft_nms", "tversky_loss"]
