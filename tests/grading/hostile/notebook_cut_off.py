"""Hands in a notebook that was cut off."""

# earns: none
# looks: yes
import nbformat


def damage(nb):
    return nbformat.writes(nb).encode()[:-500]
