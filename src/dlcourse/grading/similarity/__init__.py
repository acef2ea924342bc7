"""Likely copies within a class."""
