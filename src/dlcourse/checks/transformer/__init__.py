"""Visible checks of assignment 06_transformer: properties and small worked numbers, each with its causes.

Every check takes the student's function and raises CheckFailed at the first thing that is wrong.
"""

from dlcourse.checks.transformer.looking import alibi, longformer_mask, parallel_block, t5_bias
from dlcourse.checks.transformer.words import learning_rates, top_p, whole_word_mask

__all__ = [
    "alibi",
    "learning_rates",
    "longformer_mask",
    "parallel_block",
    "t5_bias",
    "top_p",
    "whole_word_mask",
]
