"""Attention, and what is made of it."""
