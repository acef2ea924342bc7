"""Homework from the student's side: see what the checks say, start a part again, hand it in."""

from dlcourse.homework.checking import Line, Report, check
from dlcourse.homework.hand_in import Receipt, reset, submit

__all__ = ["Line", "Receipt", "Report", "check", "reset", "submit"]
