"""Checks of the exercises: what a student's notebook calls, and what hidden tests are written with."""

from dlcourse.checks import answer, cnn, expect, nets, transformer, vision
from dlcourse.checks.failure import CheckFailed, points

__all__ = ["CheckFailed", "answer", "cnn", "expect", "nets", "points", "transformer", "vision"]
