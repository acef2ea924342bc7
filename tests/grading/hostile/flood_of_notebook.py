"""Hands in a notebook of 60 MB."""


# earns: none
# looks: yes
def damage(nb):
    nb.cells[0].source += "x" * 60_000_000
    return nb
