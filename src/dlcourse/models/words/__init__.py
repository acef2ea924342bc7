"""Vectors for words."""
