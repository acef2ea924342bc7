"""Visible checks of assignment 03_cnn: properties and small worked numbers, each with its causes.

Every check takes the student's function and raises CheckFailed at the first thing that is wrong.
"""

from dlcourse.checks.cnn.images import gated_conv, partial_conv, soft_pool
from dlcourse.checks.cnn.stacks import output_size, receptive_field, tiny_net

__all__ = [
    "gated_conv",
    "output_size",
    "partial_conv",
    "receptive_field",
    "soft_pool",
    "tiny_net",
]
