"""Hands in a notebook of ten thousand cells more."""

# earns: none
# looks: yes
from nbformat.v4 import new_code_cell


def damage(nb):
    nb.cells += [new_code_cell("1") for _ in range(3_000)]
    return nb
