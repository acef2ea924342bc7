"""Hands in a renamed notebook."""

# earns: all
import nbformat


def damage(nb):
    return {"torch4 (1).ipynb": nbformat.writes(nb).encode()}
