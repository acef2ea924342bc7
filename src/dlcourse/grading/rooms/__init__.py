"""Rooms for code that nobody trusts: the grader's side here, what runs in a room in `inside`."""
