"""Visible checks of assignment 03_vision: properties and small worked numbers, each with its causes.

Every check takes the student's function and raises CheckFailed at the first thing that is wrong.
"""

from dlcourse.checks.vision.boxes import fcos_targets, giou, soft_nms
from dlcourse.checks.vision.maps import adain, eca, eca_widths, tversky_loss

__all__ = ["adain", "eca", "eca_widths", "fcos_targets", "giou", "soft_nms", "tversky_loss"]
