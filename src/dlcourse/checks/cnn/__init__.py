"""Visible checks of assignment 03_cnn: worked numbers and properties, with causes.

Every check takes the student's function and raises CheckFailed at the first thing that is wrong.
"""

from dlcourse.checks.cnn.gated_conv import gated_conv
from dlcourse.checks.cnn.output_size import output_size
from dlcourse.checks.cnn.partial_conv import partial_conv
from dlcourse.checks.cnn.receptive_field import receptive_field
from dlcourse.checks.cnn.soft_pool import soft_pool
from dlcourse.checks.cnn.tiny_net import tiny_net

__all__ = ["gated_conv", "output_size", "partial_conv", "receptive_field", "soft_pool", "tiny_net"]
