"""Lessons and homework from text: for whoever works on the course; not in the students' copy."""
