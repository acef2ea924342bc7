"""Visible checks of assignment 06_transformer: worked numbers and properties, with causes.

Every check takes the student's function and raises CheckFailed at the first thing that is wrong.
"""

from dlcourse.checks.transformer.alibi import alibi
from dlcourse.checks.transformer.learning_rates import learning_rates
from dlcourse.checks.transformer.longformer_mask import longformer_mask
from dlcourse.checks.transformer.parallel_block import parallel_block
from dlcourse.checks.transformer.t5_bias import t5_bias
from dlcourse.checks.transformer.top_p import top_p
from dlcourse.checks.transformer.whole_word_mask import whole_word_mask

__all__ = [
    "alibi",
    "learning_rates",
    "longformer_mask",
    "parallel_block",
    "t5_bias",
    "top_p",
    "whole_word_mask",
]
